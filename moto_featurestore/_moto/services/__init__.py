"""Services of moto that know feature groups, and Athena, which runs queries."""
