"""Extensions of other services of moto: support for feature groups, and execution of Athena queries."""
