//! Pages by keyset: nothing twice and nothing missed while rows come and go, and cursors that nobody makes up.

mod cursors;
mod histories;
