package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServicePort;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import io.steelyard.command.Product;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.CertificateConfig.Source.Pem;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.Durations;
import io.steelyard.listener.BoundPort;
import io.steelyard.machine.MachineLimits.Memory;
import io.steelyard.testkit.PeerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What {@code kubectl kustomize k8s/base} renders is what the API server takes: every object is
 * checked against the classes generated from Kubernetes' own OpenAPI document, which refuse unknown
 * and missing fields, and must come back from them unchanged. Then what the objects say of each
 * other, and the document that they carry.
 */
class KubernetesManifestsIT {

  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "apps/v1 Deployment", V1Deployment.class,
          "v1 ConfigMap", V1ConfigMap.class,
          "v1 Service", V1Service.class);

  private static final Gson GSON = JSON.getGson();

  private static Map<String, JsonObject> rendered;

  @BeforeAll
  static void render(@TempDir Path directory) {
    Path base = Path.of("k8s/base").toAbsolutePath();
    try (PeerProcess kubectl =
        PeerProcess.start(
            directory, List.of(PeerProcess.installed("kubectl"), "kustomize", base.toString()))) {
      assertThat(kubectl.exit()).as(kubectl.printed()).isZero();
      assertThat(kubectl.err()).isEmpty();
      rendered = objects(kubectl.out());
    }
  }

  @Test
  void rendering_ofTheBase_givesEachObjectOnce() {
    assertThat(rendered).containsOnlyKeys(KINDS.keySet());
  }

  @Test
  void objects_all_areWhatTheApiDefines() throws IOException {
    for (Map.Entry<String, JsonObject> object : rendered.entrySet()) {
      check(object.getKey(), object.getValue());
    }
  }

  @Test
  void check_unknownKeyDeepInside_refuses() {
    JsonObject deployment = rendered.get("apps/v1 Deployment").deepCopy();
    container(deployment).getAsJsonObject("securityContext").addProperty("readOnlyRoot", true);

    assertThatThrownBy(() -> check("apps/v1 Deployment", deployment))
        .hasMessageContaining("readOnlyRoot");
  }

  @Test
  void check_requiredKeyMissing_refuses() {
    JsonObject deployment = rendered.get("apps/v1 Deployment").deepCopy();
    container(deployment).remove("name");

    assertThatThrownBy(() -> check("apps/v1 Deployment", deployment)).hasMessageContaining("name");
  }

  @Test
  void check_textForANumber_refuses() {
    JsonObject deployment = rendered.get("apps/v1 Deployment").deepCopy();
    deployment.getAsJsonObject("spec").addProperty("replicas", "2");

    assertThatThrownBy(() -> check("apps/v1 Deployment", deployment))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void document_inTheConfigMap_isValid() {
    ConfigReader.Reading reading = reading();

    assertThat(reading.problems().all()).isEmpty();
    assertThat(reading.document()).isPresent();
  }

  @Test
  void document_memoryOfThePod_suffices() {
    Quantity limit = container().getResources().getLimits().get("memory");
    Memory memory = new Memory(limit.getNumber().longValueExact(), Memory.Source.CGROUP_V2);
    MachineLimits machine =
        new MachineLimits(
            OptionalLong.empty(),
            OptionalLong.of(4096),
            // Linux' default range, 32768 to 60999.
            OptionalLong.of(28_232),
            Optional.of(memory));
    long heap = memory.bytes() / 100 * MemoryShares.HEAP_PERCENT;
    LimitsReport.OwnMemory own =
        new LimitsReport.OwnMemory(heap, MemoryShares.directBytes(memory.bytes(), heap));

    assertThat(LimitsReport.of(machine, own, document(), BoundPort.BACKLOG).shortages()).isEmpty();
  }

  @Test
  void files_ofTheDocument_areMountedDirectories() {
    List<String> mounted =
        container().getVolumeMounts().stream().map(V1VolumeMount::getMountPath).toList();

    assertThat(container().getArgs())
        .containsExactly("run", "--config", "/etc/steelyard/document/steelyard.yaml");
    assertThat(mounted).containsExactly("/etc/steelyard/document", "/etc/steelyard/tls");
    assertThat(container().getVolumeMounts())
        .allSatisfy(mount -> assertThat(mount.getSubPath()).isNull());
    Path tls = Path.of("/etc/steelyard/tls");
    assertThat(document().certificates())
        .extracting(CertificateConfig::source)
        .containsExactly(new Pem(tls.resolve("tls.crt"), tls.resolve("tls.key"), Optional.empty()));
  }

  @Test
  void container_always_isConfined() {
    assertThat(container().getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container().getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container().getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(pod().getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod().getSecurityContext().getRunAsUser()).isEqualTo(65_532);
    assertThat(pod().getSecurityContext().getSeccompProfile().getType())
        .isEqualTo("RuntimeDefault");
    assertThat(pod().getAutomountServiceAccountToken()).isFalse();
    assertThat(container().getImage()).isEqualTo("steelyard:" + Product.VERSION);
  }

  @Test
  void terminationGrace_always_outlastsDelayAndDrain() {
    Map<String, String> settings =
        container().getEnv().stream()
            .collect(Collectors.toMap(V1EnvVar::getName, V1EnvVar::getValue));
    Duration needed =
        Durations.parse(settings.get("STEELYARD_SHUTDOWN_DELAY"))
            .orElseThrow()
            .plus(Durations.parse(settings.get("STEELYARD_DRAIN_TIMEOUT")).orElseThrow());

    assertThat(Duration.ofSeconds(pod().getTerminationGracePeriodSeconds()))
        .isGreaterThanOrEqualTo(needed.plusSeconds(10));
  }

  @Test
  void probes_all_askTheManagementPort() {
    Map<String, V1Probe> probes =
        Map.of(
            "/q/health/started", container().getStartupProbe(),
            "/q/health/ready", container().getReadinessProbe(),
            "/q/health/live", container().getLivenessProbe());

    probes.forEach(
        (path, probe) -> {
          assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
          assertThat(port(probe.getHttpGet().getPort().getStrValue())).isEqualTo(9900);
        });
  }

  @Test
  void service_port443_reachesTheListener() {
    V1Service service = object("v1 Service", V1Service.class);
    V1ServicePort port = service.getSpec().getPorts().getFirst();
    V1Deployment deployment = object("apps/v1 Deployment", V1Deployment.class);

    assertThat(service.getSpec().getPorts()).hasSize(1);
    assertThat(port.getPort()).isEqualTo(443);
    assertThat(port(port.getTargetPort().getStrValue()))
        .isEqualTo(document().listeners().getFirst().port())
        .isGreaterThan(1024);
    assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
        .containsAllEntriesOf(service.getSpec().getSelector());
  }

  private static Map<String, JsonObject> objects(String yaml) {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    Map<String, JsonObject> objects = new LinkedHashMap<>();
    for (Object loaded : new Yaml(new SafeConstructor(strict)).loadAll(yaml)) {
      JsonObject object = GSON.toJsonTree(loaded).getAsJsonObject();
      String kind = object.get("apiVersion").getAsString() + " " + object.get("kind").getAsString();
      assertThat(objects.put(kind, object)).as(kind).isNull();
    }
    return objects;
  }

  private static void check(String kind, JsonObject object) throws IOException {
    switch (kind) {
      case "apps/v1 Deployment" -> V1Deployment.validateJsonElement(object);
      case "v1 ConfigMap" -> V1ConfigMap.validateJsonElement(object);
      case "v1 Service" -> V1Service.validateJsonElement(object);
      default -> throw new AssertionError("not expected: " + kind);
    }
    JsonElement back = GSON.toJsonTree(GSON.fromJson(object, (Class<?>) KINDS.get(kind)));
    assertThat(withoutEmpty(back)).isEqualTo(withoutEmpty(object));
  }

  /** The generated classes start out with empty maps and lists, which mean what absent ones do. */
  private static JsonElement withoutEmpty(JsonElement element) {
    if (element.isJsonArray()) {
      JsonArray items = new JsonArray();
      element.getAsJsonArray().forEach(item -> items.add(withoutEmpty(item)));
      return items;
    }
    if (!element.isJsonObject()) {
      return element;
    }
    JsonObject kept = new JsonObject();
    element
        .getAsJsonObject()
        .asMap()
        .forEach(
            (key, value) -> {
              boolean empty =
                  value.isJsonObject() && value.getAsJsonObject().isEmpty()
                      || value.isJsonArray() && value.getAsJsonArray().isEmpty();
              if (!empty) {
                kept.add(key, withoutEmpty(value));
              }
            });
    return kept;
  }

  private static JsonObject container(JsonObject deployment) {
    return deployment
        .getAsJsonObject("spec")
        .getAsJsonObject("template")
        .getAsJsonObject("spec")
        .getAsJsonArray("containers")
        .get(0)
        .getAsJsonObject();
  }

  private static <T> T object(String kind, Class<T> type) {
    return GSON.fromJson(rendered.get(kind), type);
  }

  private static V1PodSpec pod() {
    return object("apps/v1 Deployment", V1Deployment.class).getSpec().getTemplate().getSpec();
  }

  private static V1Container container() {
    assertThat(pod().getContainers()).hasSize(1);
    return pod().getContainers().getFirst();
  }

  private static int port(String name) {
    return container().getPorts().stream()
        .collect(Collectors.toMap(V1ContainerPort::getName, Function.identity()))
        .get(name)
        .getContainerPort();
  }

  private static ConfigReader.Reading reading() {
    String text = object("v1 ConfigMap", V1ConfigMap.class).getData().get("steelyard.yaml");
    return ConfigReader.read(
        text, "steelyard.yaml", Path.of("/etc/steelyard/document"), name -> null);
  }

  private static BalancerDocument document() {
    return reading().document().orElseThrow();
  }
}
