package io.steelyard.testkit;

import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * What another process has told so far, asked anew with every look. How many there are can be known
 * before each of them is: looking at one that has not been told yet fails.
 */
final class Told<T> extends AbstractList<T> {

  private final Supplier<List<T>> known;
  private final IntSupplier count;

  private Told(Supplier<List<T>> known, IntSupplier count) {
    this.known = known;
    this.count = count;
  }

  static <T> Told<T> list(Supplier<List<T>> known) {
    return new Told<>(known, () -> known.get().size());
  }

  static <T> Told<T> counted(IntSupplier count, Supplier<List<T>> known) {
    return new Told<>(known, count);
  }

  private List<T> all() {
    int size = count.getAsInt();
    List<T> told = known.get();
    if (told.size() < size) {
      throw new AssertionError("of " + size + " only " + told.size() + " have been told: " + told);
    }
    return told;
  }

  @Override
  public int size() {
    return count.getAsInt();
  }

  @Override
  public T get(int index) {
    return known.get().get(index);
  }

  @Override
  public Iterator<T> iterator() {
    return all().iterator();
  }

  @Override
  public Spliterator<T> spliterator() {
    return all().spliterator();
  }

  @Override
  public Object[] toArray() {
    return all().toArray();
  }

  @Override
  public <A> A[] toArray(A[] array) {
    return all().toArray(array);
  }
}
