//! The files that fuzzing begins with must lead it deep into the readers.

use std::fs;
use std::path::Path;

use app::{FileFormat, RowState, read_file};

#[test]
fn fuzzing_begins_with_files_of_every_format_that_are_read() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for format in FileFormat::ALL {
        let folder = seeds.join(format!("import_{}", format.as_str().replace('-', "_")));
        let mut taken = 0;
        for file in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = file.unwrap().path();
            let report = read_file(Some(format), &fs::read(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            taken += report.rows.iter().filter(|row| row.state == RowState::Ok).count();
        }
        assert!(taken >= 2, "{format}: {taken} rows of its seeds are taken");
    }
}
