"""The balancers under test. A module per peer; each runs with one worker."""
