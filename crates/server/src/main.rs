//! The binary `daybook`; everything is in the library beside it.

use std::process::ExitCode;

// Gives memory back that a burst of requests took, which the system's allocator keeps.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::run()
}
