DROP TABLE proven_hosts;
DROP TABLE domains;
