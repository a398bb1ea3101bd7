#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| fuzz::read(None, content));
