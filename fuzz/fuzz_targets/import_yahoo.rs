#![no_main]

libfuzzer_sys::fuzz_target!(|content: &[u8]| fuzz::read(Some(app::FileFormat::Yahoo), content));
