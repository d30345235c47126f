package io.steelyard.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;

/** What is logged while this is open, as {@code LEVEL message} lines. */
public final class CapturedLog implements AutoCloseable {

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Throwable> thrown = new CopyOnWriteArrayList<>();
  private final Logger logger;
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          String message =
              record instanceof ExtLogRecord formatted
                  ? formatted.getFormattedMessage()
                  : record.getMessage();
          lines.add(record.getLevel().getName() + " " + message);
          if (record.getThrown() != null) {
            thrown.add(record.getThrown());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private CapturedLog(Logger logger) {
    this.logger = logger;
    logger.addHandler(handler);
  }

  /** The log of that class. */
  public static CapturedLog of(Class<?> category) {
    return new CapturedLog(Logger.getLogger(category.getName()));
  }

  /** The log of every class. */
  public static CapturedLog ofAll() {
    return new CapturedLog(Logger.getLogger(""));
  }

  /** What was logged with a stack trace. */
  public List<Throwable> thrown() {
    return List.copyOf(thrown);
  }

  /** So far, in order. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }
}
