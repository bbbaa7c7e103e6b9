"""Extensions of moto's other services, such as CloudFormation and Athena, for feature groups and Athena queries."""
