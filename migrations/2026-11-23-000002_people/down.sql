DROP TABLE sign_ins;
DROP TABLE passwords;
DROP TABLE users;
DROP TABLE companies;
