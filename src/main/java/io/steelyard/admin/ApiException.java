package io.steelyard.admin;

/** A request that is not done; carries the answer, and no stack trace that anybody would see. */
final class ApiException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient ApiProblem problem;

  ApiException(ApiProblem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  ApiProblem problem() {
    return problem;
  }
}
