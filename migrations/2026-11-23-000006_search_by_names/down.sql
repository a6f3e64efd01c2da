DROP INDEX users_by_only_name;
DROP INDEX users_by_later_names;
