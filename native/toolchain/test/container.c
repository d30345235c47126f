/* Prints what container.c says of the tree that it was compiled with, one "name value" per line. */
#include <stdio.h>

int svm_container_initialize(int version);
long svm_container_memory_limit_in_bytes(void);
unsigned long svm_container_physical_memory(void);
long svm_container_memory_soft_limit_in_bytes(void);
long svm_container_memory_and_swap_limit_in_bytes(void);
long svm_container_memory_usage_in_bytes(void);
long svm_container_memory_max_usage_in_bytes(void);
long svm_container_rss_usage_in_bytes(void);
long svm_container_cache_usage_in_bytes(void);
int svm_container_active_processor_count(void);

int main(void) {
    printf("limited %d\n", svm_container_initialize(0));
    printf("limit %ld\n", svm_container_memory_limit_in_bytes());
    printf("physical %lu\n", svm_container_physical_memory());
    printf("soft %ld\n", svm_container_memory_soft_limit_in_bytes());
    printf("swap %ld\n", svm_container_memory_and_swap_limit_in_bytes());
    printf("usage %ld\n", svm_container_memory_usage_in_bytes());
    printf("peak %ld\n", svm_container_memory_max_usage_in_bytes());
    printf("rss %ld\n", svm_container_rss_usage_in_bytes());
    printf("cache %ld\n", svm_container_cache_usage_in_bytes());
    printf("processors %d\n", svm_container_active_processor_count());
    return 0;
}
