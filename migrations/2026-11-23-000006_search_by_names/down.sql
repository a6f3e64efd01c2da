DROP INDEX users_by_later_names;
