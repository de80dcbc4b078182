-- The number of a roll-up, drawn before its snapshot is taken: an older run never overwrites a newer one.
SELECT nextval('run_numbers') AS run;
