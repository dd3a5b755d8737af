//! Imports of small inputs that the tests make, and of broken ones.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::Value;
use unimed_imaging::{RgbImage, encode_png};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Columns, ImportSettings, Imported, import};
use crate::{TrainError, pictures::made::Made};

/// A folder of a test with something to import and a place for what it becomes.
struct Bench {
    made: Made,
    settings: ImportSettings,
}

impl Bench {
    fn new(name: &str, from: &str) -> Self {
        let made = Made::new(&format!("import-{name}"));
        let settings = ImportSettings::new(made.0.join(from), made.0.join("out"));
        Self { made, settings }
    }

    fn picture(&self, file: &str, size: (usize, usize), colour: [u8; 3]) {
        let path = self.made.0.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let png = encode_png(&RgbImage::filled(size.0, size.1, colour), &[]).expect("a picture");
        fs::write(path, png).expect("written");
    }

    fn run(&self) -> Result<Imported, TrainError> {
        import(&self.settings, &mut |_| {})
    }

    /// The index, line by line.
    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.settings.out.join("index.jsonl")).expect("an index");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    /// What is wrong; nothing may be left behind.
    fn fault(&self) -> String {
        let error = self.run().expect_err("it cannot be imported").to_string();
        assert!(!self.settings.out.exists(), "{error}");
        assert!(!self.made.0.join(".out.partial").exists(), "{error}");
        error
    }
}

/// An array as numpy.save writes it.
fn npy(numbers: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|size| format!("{size},")).collect();
    let mut header =
        format!("{{'descr': '{numbers}', 'fortran_order': False, 'shape': ({shape}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

fn npz(path: &Path, arrays: &[(&str, Vec<u8>)]) {
    let mut writer = ZipWriter::new(fs::File::create(path).expect("a file"));
    for (name, bytes) in arrays {
        let name = format!("{name}.npy");
        writer
            .start_file(name, SimpleFileOptions::default())
            .expect("begun");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("an archive");
}

/// `count` grey pictures of 28 pixels, the first one black, each brighter than the one before.
fn greys(count: usize) -> Vec<u8> {
    let data: Vec<u8> = (0..count)
        .flat_map(|n| vec![20 * n as u8; 28 * 28])
        .collect();
    npy("|u1", &[count, 28, 28], &data)
}

#[test]
fn a_public_set_is_known_by_its_name() {
    let bench = Bench::new("public", "pneumoniamnist_64.npz");
    npz(
        &bench.settings.from,
        &[
            ("train_images", greys(3)),
            ("train_labels", npy("|u1", &[3, 1], &[0, 1, 1])),
            ("val_images", greys(1)),
            ("val_labels", npy("<i8", &[1, 1], &[1, 0, 0, 0, 0, 0, 0, 0])),
            ("test_images", greys(2)),
            ("test_labels", npy("|u1", &[2, 1], &[0, 1])),
        ],
    );
    let imported = bench.run().expect("imported");
    assert_eq!((imported.train, imported.board, imported.groups), (4, 2, 6));
    assert_eq!(imported.classes["pneumonia"], 4);
    let lines = bench.lines();
    assert_eq!(lines[1]["modality"], "chest-xray");
    assert_eq!(
        (&lines[1]["view"], &lines[1]["class"]),
        (&"frontal".into(), &"pneumonia".into())
    );
    assert_eq!(lines[0]["findings"]["pneumonia"], false);
    assert_eq!(
        (&lines[4]["split"], &lines[4]["source"]),
        (&"board".into(), &"pneumoniamnist_64".into())
    );
    let bytes = fs::read(
        bench
            .settings
            .out
            .join(lines[2]["file"].as_str().expect("a file")),
    )
    .expect("read");
    assert_eq!(
        unimed_imaging::decode(&bytes)
            .expect("a picture")
            .image
            .pixel(5, 5),
        [40; 3]
    );
}

#[test]
fn several_labels_and_colours_and_names_of_ones_own() {
    let mut bench = Bench::new("labels", "mine.npz");
    let colours: Vec<u8> = (0..2 * 30 * 28).flat_map(|_| [200, 100, 50]).collect();
    npz(
        &bench.settings.from,
        &[
            ("train_images", npy("|u1", &[2, 30, 28, 3], &colours)),
            ("train_labels", npy("|u1", &[2, 2], &[1, 0, 1, 1])),
        ],
    );
    let unknown = bench.fault();
    assert!(
        unknown.contains("the names of the classes is unknown for mine"),
        "{unknown}"
    );
    bench.settings.classes = vec!["polyp".into(), "ulcer".into()];
    let without = bench.fault();
    assert!(
        without.contains("modality is missing") && without.contains("--modality"),
        "{without}"
    );
    bench.settings.set = vec![
        ("modality".into(), "endoscopy".into()),
        ("organ".into(), "colon".into()),
    ];
    bench.run().expect("imported");
    let lines = bench.lines();
    assert_eq!(
        lines[0]["findings"],
        serde_json::json!({"polyp": true, "ulcer": false})
    );
    assert_eq!(
        (&lines[1]["organ"], &lines[1]["height"]),
        (&"colon".into(), &30.into())
    );
}

#[test]
fn archives_that_are_none_and_arrays_that_do_not_fit_are_named() {
    let images = || ("train_images", greys(2));
    let labels = |values: &[u8]| ("train_labels", npy("|u1", &[values.len(), 1], values));
    let cut = greys(2)[..1400].to_vec();
    let cases: [(&str, Vec<(&str, Vec<u8>)>, &str); 9] = [
        (
            "names",
            vec![("x", greys(1))],
            "the arrays is x, expected train_images",
        ),
        ("alone", vec![images()], "train_labels: the array is"),
        (
            "few",
            vec![images(), labels(&[0])],
            "train_images: the number of pictures is 2, expected 1",
        ),
        (
            "label",
            vec![images(), labels(&[0, 2])],
            "train_labels, row 1: the label is 2, expected 0 to 1",
        ),
        (
            "floats",
            vec![
                ("train_images", npy("<f4", &[2, 1, 1], &[0; 8])),
                labels(&[0, 1]),
            ],
            "train_images: the array is 2 x 1 x 1 of <f4, expected bytes",
        ),
        (
            "volumes",
            vec![
                ("train_images", npy("|u1", &[2, 2, 2, 2], &[0; 16])),
                labels(&[0, 1]),
            ],
            "volumes are not read",
        ),
        (
            "cut",
            vec![("train_images", cut), labels(&[0, 1])],
            "train_images, picture 1: the picture is cut off",
        ),
        (
            "text",
            vec![("train_images", b"text".to_vec()), labels(&[0, 1])],
            "train_images: the array is",
        ),
        (
            "objects",
            vec![("train_images", npy("|O", &[2], &[0; 16])), labels(&[0, 1])],
            "train_images: the array is |O, expected plain numbers",
        ),
    ];
    for (name, arrays, expected) in cases {
        let bench = Bench::new(name, "breastmnist.npz");
        npz(&bench.settings.from, &arrays);
        let error = bench.fault();
        assert!(
            error.contains(expected) && error.ends_with("nothing was imported"),
            "{name}: {error}"
        );
    }
    let bench = Bench::new("no-archive", "breastmnist.npz");
    fs::write(&bench.settings.from, "no archive").expect("written");
    let error = bench.fault();
    assert!(
        error.contains("breastmnist.npz: the file is no archive"),
        "{error}"
    );
}

#[test]
fn a_folder_for_each_class() {
    let mut bench = Bench::new("folders", "set");
    for number in 0..5 {
        bench.picture(
            &format!("set/polyp/p{number}_1.png"),
            (40, 20),
            [50 + number, 0, 0],
        );
        bench.picture(
            &format!("set/polyp/p{number}_2.png"),
            (40, 20),
            [50 + number, 9, 0],
        );
        bench.picture(
            &format!("set/normal/n{number}.png"),
            (700, 350),
            [0, number, 0],
        );
    }
    fs::write(bench.made.0.join("set/readme.txt"), "text").expect("written");
    bench.settings.set = vec![("modality".into(), "endoscopy".into())];
    bench.settings.findings = vec!["polyp".into()];
    bench.settings.group_until = Some("_".into());
    let imported = bench.run().expect("imported");
    // One of five groups of each class: two polyps of one patient, and one that is normal.
    assert_eq!(
        (imported.train, imported.board, imported.groups),
        (12, 3, 10)
    );
    for line in bench.lines() {
        let polyp = line["class"] == "polyp";
        assert_eq!(line["findings"]["polyp"], polyp);
        let size = (line["width"].as_u64(), line["height"].as_u64());
        assert_eq!(
            size,
            if polyp {
                (Some(40), Some(20))
            } else {
                (Some(320), Some(160))
            }
        );
        if polyp {
            let origin = line["origin"].as_str().expect("an origin");
            assert_eq!(
                line["group"],
                origin["polyp/".len()..].split('_').next().expect("a part")
            );
        }
    }
    bench.settings.out = bench.made.0.join("few");
    bench.settings.at_most = Some(2);
    assert_eq!(
        bench
            .run()
            .map(|few| few.train + few.board)
            .expect("imported"),
        4
    );
}

#[test]
fn splits_of_folders_are_kept_and_groups_do_not_cross_them() {
    let mut bench = Bench::new("split-folders", "set");
    for (split, class, file) in [
        ("train", "a", "1.png"),
        ("test", "a", "2.png"),
        ("val", "b", "3.png"),
    ] {
        bench.picture(&format!("set/{split}/{class}/{file}"), (20, 20), [9; 3]);
    }
    bench.settings.set = vec![("modality".into(), "ct".into())];
    let imported = bench.run().expect("imported");
    assert_eq!((imported.train, imported.board), (2, 1));
    bench.settings.out = bench.made.0.join("again");
    for split in ["train", "test"] {
        bench.picture(&format!("set/{split}/a/patient 7/x.png"), (20, 20), [7; 3]);
    }
    let error = bench.run().expect_err("in both").to_string();
    assert!(
        error.contains("the group patient 7 cannot be in two splits") && error.contains("split is"),
        "{error}"
    );
    assert!(!bench.settings.out.exists());
}

#[test]
fn pictures_that_are_none_and_strange_words_are_named() {
    let mut bench = Bench::new("broken", "set");
    bench.picture("set/a/1.png", (20, 20), [9; 3]);
    bench.settings.set = vec![("modality".into(), "photo".into())];
    let error = bench.fault();
    assert!(
        error.starts_with("the command line: --set modality is photo, expected"),
        "{error}"
    );
    bench.settings.set = vec![("colour".into(), "red".into())];
    assert!(
        bench
            .fault()
            .contains("--set is colour, expected one of file")
    );
    bench.settings.set = vec![("modality".into(), "ct".into())];
    bench.settings.findings = vec!["b".into()];
    assert!(
        bench
            .fault()
            .contains("--finding is b, expected a finding that some picture has, or a class: a")
    );
    bench.settings.findings.clear();
    bench.settings.board = 1.0;
    assert!(bench.fault().contains("--board is 1"));
    bench.settings.board = 0.2;
    fs::write(bench.made.0.join("set/a/2.png"), "text").expect("written");
    let error = bench.fault();
    assert!(error.contains("2.png: the picture is"), "{error}");
    fs::remove_file(bench.made.0.join("set/a/2.png")).expect("removed");
    bench.picture("set/loose.png", (20, 20), [9; 3]);
    assert!(
        bench
            .fault()
            .contains("loose.png: the folder is that of all, expected a folder for each class")
    );
    fs::create_dir(bench.made.0.join("out")).expect("made");
    let error = bench.run().expect_err("there").to_string();
    assert!(
        error.contains("--out is") && bench.made.0.join("out").exists(),
        "{error}"
    );
}

#[test]
fn the_same_picture_twice_is_one_group() {
    let mut bench = Bench::new("twice", "set");
    for number in 0..6 {
        bench.picture(&format!("set/a/{number}.png"), (20, 20), [number % 3; 3]);
    }
    bench.settings.set = vec![("kind".into(), "other".into())];
    let imported = bench.run().expect("imported");
    assert_eq!((imported.groups, imported.train, imported.board), (3, 4, 2));
}

fn table(name: &str, text: &str) -> Bench {
    let mut bench = Bench::new(name, "labels.csv");
    for number in 1..=4 {
        bench.picture(&format!("{number}.png"), (24, 24), [number; 3]);
    }
    fs::write(&bench.settings.from, text).expect("written");
    bench.settings.set = vec![("modality".into(), "chest-xray".into())];
    bench
}

#[test]
fn a_table_of_files_and_labels() {
    let text = "Image Index,Finding Labels,Patient ID,view,age\n\
        1.png,Effusion|Mass,p1,pa,50\n2.png,No Finding,p2,ap,60\n3,Mass,p2,,70\n";
    let bench = table("several", text);
    bench.run().expect("imported");
    let lines = bench.lines();
    assert_eq!(
        lines[0]["findings"],
        serde_json::json!({"effusion": true, "mass": true})
    );
    assert_eq!(
        lines[1]["findings"],
        serde_json::json!({"effusion": false, "mass": false})
    );
    assert_eq!(
        (&lines[0]["view"], &lines[2]["view"]),
        (&"pa".into(), &Value::Null)
    );
    assert_eq!(
        (&lines[1]["group"], &lines[2]["group"]),
        (&"p2".into(), &"p2".into())
    );
    assert_eq!(lines[1]["split"], lines[2]["split"]);

    let mut bench = table(
        "columns",
        "where\tkind of\tedema\tsplit\n1.png\tcat\t1\ttrain\n2.png\tdog\t-1\ttest\n",
    );
    let tsv = bench.made.0.join("labels.tsv");
    fs::rename(&bench.settings.from, &tsv).expect("renamed");
    bench.settings.from = tsv;
    bench.settings.columns = Columns {
        file: Some("where".into()),
        label: Some("kind of".into()),
        ..Columns::default()
    };
    bench.settings.findings = vec!["edema".into(), "cat".into()];
    let imported = bench.run().expect("imported");
    assert_eq!((imported.train, imported.board), (1, 1));
    let lines = bench.lines();
    assert_eq!(
        lines[0]["findings"],
        serde_json::json!({"edema": true, "cat": true})
    );
    assert_eq!(
        lines[1]["findings"],
        serde_json::json!({"cat": false, "edema": false})
    );
    assert_eq!(lines[0]["class"], "cat");
}

#[test]
fn faults_of_tables_are_named_by_line_and_field() {
    let cases = [
        (
            "missing",
            "file,label\n1.png,a\n9.png,b\n",
            "labels.csv, line 3: file is 9.png, expected a file in",
        ),
        (
            "column",
            "name,label\n1.png,a\n",
            "line 1: the column of the file is none of name, label",
        ),
        (
            "label",
            "file,label\n1.png,\n",
            "line 2: the label is empty",
        ),
        (
            "split",
            "file,split\n1.png,maybe\n",
            "line 2: split is maybe",
        ),
        (
            "view",
            "file,view\n1.png,pa\n2.png,oblique\n",
            "line 3: view is oblique, expected frontal",
        ),
        (
            "twice",
            "file,label\n1.png,a\n1.png,b\n",
            "line 3: file is 1.png, expected another than in",
        ),
        (
            "short",
            "file,label\n1.png,a\n2.png\n",
            "line 3: the table is",
        ),
        (
            "group",
            "file,patient,split\n1.png,p,train\n2.png,p,test\n",
            "line 3: split is board, expected train as in",
        ),
    ];
    for (name, text, expected) in cases {
        let error = table(&format!("fault-{name}"), text).fault();
        assert!(error.contains(expected), "{name}: {error}");
    }
    let mut bench = table("fault-finding", "file,edema\n1.png,1\n2.png,perhaps\n");
    bench.settings.findings = vec!["edema".into()];
    let error = bench.fault();
    assert!(
        error.contains("line 3: edema is perhaps, expected 1 or 0"),
        "{error}"
    );
    bench.settings.columns.group = Some("who".into());
    assert!(
        bench
            .fault()
            .contains("the column of the group is who, expected one of file, edema")
    );
}

/// An element of group and number with a value representation of two letters (PS3.5 7.1.2), value padded to even length.
fn element(tag: (u16, u16), vr: &str, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend(vr.bytes());
    if matches!(vr, "OW" | "OB") {
        bytes.extend([0, 0]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}

/// A CT slice of 16 x 16 pixels, all of one value; explicit little endian.
fn slice(number: u16, patient: &str, value: i16) -> Vec<u8> {
    let short = |n: u16| n.to_le_bytes();
    let meta = [
        element((2, 0x10), "UI", b"1.2.840.10008.1.2.1"),
        element((2, 2), "UI", b"1.2.840.10008.5.1.4.1.1.2"),
        element((2, 3), "UI", format!("1.2.3.{number}").as_bytes()),
    ]
    .concat();
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend(element((2, 0), "UL", &(meta.len() as u32).to_le_bytes()));
    bytes.extend(meta);
    for element in [
        element((8, 0x16), "UI", b"1.2.840.10008.5.1.4.1.1.2"),
        element((8, 0x18), "UI", format!("1.2.3.{number}").as_bytes()),
        element((8, 0x60), "CS", b"CT"),
        element((0x10, 0x20), "LO", patient.as_bytes()),
        element((0x18, 0x15), "CS", b"CHEST"),
        element(
            (0x20, 0xd),
            "UI",
            format!("1.2.9.{}", patient.len()).as_bytes(),
        ),
        element(
            (0x20, 0xe),
            "UI",
            format!("1.2.8.{}", patient.len()).as_bytes(),
        ),
        element((0x20, 0x13), "IS", number.to_string().as_bytes()),
        element((0x20, 0x32), "DS", format!("0\\0\\{number}").as_bytes()),
        element((0x20, 0x37), "DS", b"1\\0\\0\\0\\1\\0"),
        element((0x28, 2), "US", &short(1)),
        element((0x28, 4), "CS", b"MONOCHROME2"),
        element((0x28, 0x10), "US", &short(16)),
        element((0x28, 0x11), "US", &short(16)),
        element((0x28, 0x30), "DS", b"1\\1"),
        element((0x28, 0x100), "US", &short(16)),
        element((0x28, 0x101), "US", &short(16)),
        element((0x28, 0x102), "US", &short(15)),
        element((0x28, 0x103), "US", &short(1)),
        element((0x28, 0x1052), "DS", b"0"),
        element((0x28, 0x1053), "DS", b"1"),
        element((0x7fe0, 0x10), "OW", &value.to_le_bytes().repeat(256)),
    ] {
        bytes.extend(element);
    }
    bytes
}

#[test]
fn dicom_series_become_slices_in_windows() {
    let mut bench = Bench::new("dicom", "scans");
    let root = bench.settings.from.clone();
    let write = |file: &str, bytes: Vec<u8>| {
        let path: PathBuf = root.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    };
    for number in 0..9 {
        write(&format!("mass/p1/{number}.dcm"), slice(number, "one", 40));
    }
    write("normal/p2/1.dcm", slice(1, "second", -600));
    write("normal/p2/notes.txt", b"text".to_vec());
    bench.settings.slices = 2;
    bench.settings.folder_is_class = true;
    let imported = bench.run().expect("imported");
    assert_eq!(
        imported.classes,
        [("mass".to_owned(), 4), ("normal".to_owned(), 2)].into()
    );
    assert_eq!(imported.groups, 2);
    let lines = bench.lines();
    assert_eq!(lines[0]["modality"], "ct");
    assert_eq!(
        (&lines[0]["plane"], &lines[0]["organ"]),
        (&"axial".into(), &"chest".into())
    );
    let mut windows: Vec<(bool, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["class"] == "mass",
                line["window"].as_str().expect("a window"),
            )
        })
        .collect();
    windows.sort_unstable();
    let both = [(false, "lung"), (false, "soft tissue")];
    let mass = [
        (true, "lung"),
        (true, "lung"),
        (true, "soft tissue"),
        (true, "soft tissue"),
    ];
    assert_eq!(windows, [&both[..], &mass[..]].concat());
    let group = lines[0]["group"].as_str().expect("a group");
    assert!(
        group.starts_with("patient-") && !group.contains("one"),
        "{group}"
    );
    let grey = |line: &Value| {
        let bytes = fs::read(
            bench
                .settings
                .out
                .join(line["file"].as_str().expect("a file")),
        )
        .expect("read");
        unimed_imaging::decode(&bytes)
            .expect("a picture")
            .image
            .pixels[0]
    };
    let soft = lines
        .iter()
        .find(|line| line["window"] == "soft tissue" && line["class"] == "mass");
    // The middle of the window from -160 to 239.
    assert!((127..=128).contains(&grey(soft.expect("one"))));

    let mut named = slice(1, "one", 40);
    let at = named
        .windows(5)
        .position(|part| part == b"CHEST")
        .expect("the part of the body");
    named[at..at + 5].copy_from_slice(b"ANKLE");
    bench.settings.out = bench.made.0.join("ankles");
    bench.settings.windows = vec!["wide".into()];
    let error = bench.run().expect_err("a window").to_string();
    assert!(
        error.contains("--windows is wide, expected soft tissue, lung"),
        "{error}"
    );
    bench.settings.windows = vec!["bone".into()];
    write("normal/p2/1.dcm", named);
    write("normal/p2/2.dcm", slice(2, "second", 0)[..700].to_vec());
    let error = bench.run().expect_err("cut off").to_string();
    assert!(
        error.contains("2.dcm: the file is") && !bench.settings.out.exists(),
        "{error}"
    );
}
