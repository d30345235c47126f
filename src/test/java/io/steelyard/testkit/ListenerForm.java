package io.steelyard.testkit;

import io.steelyard.backend.BackendState;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What a {@link RunningListener} runs on: parts in this JVM, or a process that is seen from
 * outside. Numbers are those of the moment.
 */
interface ListenerForm extends AutoCloseable {

  RecordingObserver observer();

  int port();

  int openFlows();

  /** Leases held, over all groups. */
  int leases();

  /** Flows that wait for room on a backend. */
  int waiting();

  /** Leases ever given on that backend. */
  long leasesTotal(String backend);

  /** Plaintext bytes sent to clients so far. */
  long sentBytes();

  BackendState state(String backend);

  /** The reason code of the last flip of its health. */
  String healthReason(String backend);

  /** What has been logged since it serves. */
  List<String> logged();

  /** The event loops that flows were spread over, by index. */
  Set<Integer> loops();

  HeldMemory memory();

  /** Takes no new flow, lets the open ones go on; completes when the last one has ended. */
  CompletableFuture<Void> drain();

  /** Takes no new flow and ends the open ones. */
  void cut();

  /** Whether everything that has happened has been told to the observer. */
  boolean isTold();

  @Override
  void close();
}
