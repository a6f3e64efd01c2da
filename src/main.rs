//! The binary: arguments to a command.

use std::process::ExitCode;

/// mimalloc is faster than the system's allocator under many small requests, and gives memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    roster::cli::run()
}
