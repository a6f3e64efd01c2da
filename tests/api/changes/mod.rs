//! What an instance keeps in memory is what is true: at once where it was changed, within a second everywhere else.

mod announced;
