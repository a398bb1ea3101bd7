//! Which line a row of a CSV file stands on.

/// The line a row stands on, from where its reader began to look for it: `byte` and `line` of the reader's position, which
/// lie before the blank lines and the `#` comments that it skips.
///
/// # Example
/// ```
/// assert_eq!(market::row_line(b"date,close\n\n# a comment\n2024-01-02,x\n", 11, 2), 4);
/// ```
pub fn row_line(content: &[u8], byte: u64, line: u64) -> u64 {
    let rest = content.get(byte as usize..).unwrap_or_default();
    let is_skipped = |text: &&[u8]| text.trim_ascii().is_empty() || text.starts_with(b"#");
    line + rest.split(|byte| *byte == b'\n').take_while(is_skipped).count() as u64
}
