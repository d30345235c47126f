package io.steelyard.bench;

import java.util.List;

/** One row of the benchmark. */
interface Row {

  /** Rows of one number belong together. */
  int number();

  /** Unique; for the command line, files and tables. */
  String name();

  /** What is done, for whoever reads the report. */
  String title();

  /** The first one is what is plotted. */
  List<Goal> goals();

  /** What the report shows. */
  List<Measure> measures();

  /** Measures all balancers that can do it; nothing that it has started is left on return. */
  void run(Stage stage);
}
