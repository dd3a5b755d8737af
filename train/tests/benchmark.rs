//! Benchmarks in small files of the published form, made by hand and scored by hand.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use unimed_imaging::{RgbImage, encode_png};
use unimed_train::benchmark::{
    Benchmark, BenchmarkError, BenchmarkReport, BenchmarkSettings, Kind, Prompting, Question,
    compare, measure_with, questions,
};

/// An empty folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("benchmark")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can go");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Writes a file with the folders above it.
fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
    fs::write(path, bytes).expect("a file can be written");
}

/// A picture of one grey, so that a test can tell pictures apart.
fn grey(value: u8, side: usize) -> Vec<u8> {
    encode_png(&RgbImage::filled(side, side, [value; 3]), &[]).expect("a PNG")
}

fn settings(benchmark: Benchmark, data: &Path) -> BenchmarkSettings {
    BenchmarkSettings {
        benchmark,
        data: data.to_owned(),
        prompting: Prompting::Short,
        limit: None,
        frames: 8,
        max_tokens: 16,
        answers: None,
    }
}

/// The questions of a benchmark.
fn read(benchmark: Benchmark, data: &Path) -> Result<Vec<Question>, BenchmarkError> {
    let mut all = Vec::new();
    questions(benchmark, data, &mut |question| {
        all.push(question);
        Ok(true)
    })?;
    Ok(all)
}

/// What answers by the question's name reach.
fn report(benchmark: Benchmark, data: &Path, answers: &[(&str, &str)]) -> BenchmarkReport {
    let mut ask = |question: &Question| {
        let said = answers.iter().find(|(id, _)| *id == question.id);
        Ok(said.expect("an answer for every question").1.to_owned())
    };
    measure_with("hand", &mut ask, &settings(benchmark, data), &mut |_| {}).expect("a report")
}

/// The grey of the first pixel of every picture of a question.
fn greys(question: &Question, frames: usize) -> Vec<u8> {
    let images = question
        .pictures
        .iter()
        .flat_map(|picture| picture.load(&question.id, frames).expect("a picture"));
    images.map(|image| image.pixel(0, 0)[0]).collect()
}

fn vqa_rad(name: &str) -> PathBuf {
    let data = folder(name);
    let entry = |qid: u32, phrase: &str, kind: &str, answer: serde_json::Value| {
        json!({
            "qid": qid, "phrase_type": phrase, "qid_linked_id": "x", "image_case_url": "https://x",
            "image_name": "synpic1.png", "image_organ": if qid == 3 { "HEAD" } else { "CHEST" },
            "evaluation": "given", "question": format!("Question {qid}?"),
            "question_rephrase": "NULL", "question_relation": "NULL",
            "question_frame_based": "NULL", "question_type": "PRES", "answer": answer,
            "answer_type": kind,
        })
    };
    let list = json!([
        entry(1, "test_freeform", "CLOSED ", json!("No")),
        entry(2, "freeform", "OPEN", json!("not a test question")),
        entry(3, "test_para", "OPEN", json!("right frontal lobe")),
        entry(4, "test_freeform", "OPEN", json!(4)),
        entry(5, "test_freeform", "CLOSED", json!("axial")),
    ]);
    write(&data, "VQA_RAD Dataset Public.json", list.to_string());
    write(&data, "VQA_RAD Image Folder/synpic1.png", grey(7, 8));
    data
}

#[test]
fn vqa_rad_asks_its_test_questions_and_scores_closed_and_open_ones() {
    let data = vqa_rad("vqa-rad");
    let asked = read(Benchmark::VqaRad, &data).expect("questions");
    assert_eq!(
        asked.iter().map(|q| &q.id[..]).collect::<Vec<_>>(),
        ["1", "3", "4", "5"]
    );
    assert_eq!(
        (greys(&asked[0], 1), &asked[1].group[..]),
        (vec![7], "head")
    );
    let said = [
        ("1", "No, there is none."),       // closed: right
        ("3", "The frontal lobe."),        // open: not exact, 2 of 3 words, F1 2*2/(2+3)
        ("4", "4"),                        // open: exact
        ("5", "This is a coronal slice."), // closed: wrong
    ];
    let report = report(Benchmark::VqaRad, &data, &said);
    // 2 of 4; with recall (1 + 2/3 + 1 + 0) / 4.
    assert_eq!((report.accuracy.percent, report.accuracy.n), (50.0, 4));
    assert_eq!(report.recall.percent, 66.67);
    assert_eq!(report.closed.expect("closed").percent, 50.0);
    assert_eq!(report.open_exact.expect("open").percent, 50.0);
    assert_eq!(report.open_recall.expect("open").percent, 83.33);
    assert_eq!(report.open_f1.expect("open").percent, 90.0);
    assert_eq!(
        (report.groups["head"].percent, report.groups["chest"].n),
        (66.67, 3)
    );
    assert_eq!(report.unclear, 0);
    let table = report.to_string();
    for row in [
        "VQA-RAD: 4 questions",
        "| accuracy | 50.00 ± 49.00 (n 4) | 61.9 | 60.09 | 58.3 |",
    ] {
        assert!(table.contains(row), "{table}");
    }
    assert!(
        table.contains("| closed right, open by recall | 66.67 ±"),
        "{table}"
    );
}

#[test]
fn every_answer_is_written_down_and_a_limit_ends_the_reading() {
    let data = vqa_rad("vqa-rad-limit");
    let mut settings = settings(Benchmark::VqaRad, &data);
    settings.limit = Some(2);
    settings.answers = Some(data.join("answers.jsonl"));
    let mut ask = |_: &Question| Ok("no".to_owned());
    let report = measure_with("hand", &mut ask, &settings, &mut |_| {}).expect("a report");
    assert_eq!(report.accuracy.n, 2);
    let lines = fs::read_to_string(data.join("answers.jsonl")).expect("answers");
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["id"], &lines[0]["exact"]),
        (&json!("1"), &json!(1.0))
    );
    assert_eq!(lines[1]["reference"], "right frontal lobe");
}

#[test]
fn slake_asks_in_english_only() {
    let data = folder("slake");
    let entry = |qid: u32, lang: &str, kind: &str, answer: &str| {
        json!({
            "img_id": 1, "img_name": "xmlab1/source.png", "question": "Which organ?",
            "answer": answer, "q_lang": lang, "location": "Lung", "modality": "X-Ray",
            "answer_type": kind, "base_type": "vqa", "content_type": "Organ",
            "triple": ["vhead", "_", "_"], "qid": qid,
        })
    };
    let list = json!([
        entry(1, "en", "OPEN", "Lung"),
        entry(2, "zh", "OPEN", "肺"),
        entry(3, "en", "CLOSED", "Yes"),
    ]);
    write(&data, "test.json", list.to_string());
    write(&data, "imgs/xmlab1/source.png", grey(9, 8));
    let report = report(
        Benchmark::Slake,
        &data,
        &[("1", "lung"), ("3", "It is not.")],
    );
    assert_eq!((report.accuracy.percent, report.accuracy.n), (50.0, 2));
    // Neither yes nor no was said.
    assert_eq!(report.unclear, 1);
    assert_eq!(report.groups["X-Ray"].n, 2);
    let asked = read(Benchmark::Slake, &data).expect("questions");
    assert_eq!(greys(&asked[1], 1), [9]);
}

#[test]
fn path_vqa_is_read_as_pickle_and_as_json() {
    // pickle.dumps([{'image': 't_1', 'question': 'Is it?', 'answer': 'yes'}, {'image': 't_1',
    // 'question': 'What is it?', 'answer': 'the liver'}], 4) of Python 3.
    let pickled = include_bytes!("data/test_qa.pkl");
    let list = json!([
        {"image": "t_1", "question": "Is it?", "answer": "yes"},
        {"image": "t_1", "question": "What is it?", "answer": "the liver"},
    ]);
    for (name, file, bytes) in [
        (
            "path-vqa-pickle",
            "pvqa/qas/test/test_qa.pkl",
            pickled.to_vec(),
        ),
        (
            "path-vqa-json",
            "test_qa.json",
            list.to_string().into_bytes(),
        ),
    ] {
        let data = folder(name);
        write(&data, file, bytes);
        // The published images are JPEG; a reader goes by what is in a file, not by its name.
        write(&data, "pvqa/images/test/t_1.jpg", grey(3, 8));
        let asked = read(Benchmark::PathVqa, &data).expect("questions");
        assert!(matches!(&asked[0].kind, Kind::Closed { answer } if answer == "yes"));
        assert!(matches!(&asked[1].kind, Kind::Open { answers } if answers == &["the liver"]));
        assert_eq!(greys(&asked[1], 1), [3]);
        let report = report(Benchmark::PathVqa, &data, &[("0", "Yes."), ("1", "Liver.")]);
        assert_eq!((report.accuracy.percent, report.accuracy.n), (100.0, 2));
    }
}

#[test]
fn omnimedvqa_is_multiple_choice_over_every_source() {
    let data = folder("omnimed");
    let entry = |id: &str, key: &str, gt: &str| {
        json!({
            "dataset": "D", "question_id": id, "question_type": "Modality Recognition",
            "question": "Which modality?", "gt_answer": gt, "image_path": "Images/D/a.png",
            "option_A": "CT", "option_B": "MR", "option_C": "X-ray.", key: "X-Ray",
        })
    };
    let open = "QA_information/Open-access";
    let first = json!([
        entry("d_1", "modality_type", "MR"),
        entry("d_2", "modality_type", "x-ray")
    ]);
    write(&data, &format!("{open}/B.json"), first.to_string());
    write(
        &data,
        &format!("{open}/A.json"),
        json!([entry("c_1", "modality", "CT")]).to_string(),
    );
    write(&data, "QA_information/Restricted-access/C.json", "not read");
    write(&data, "Images/D/a.png", grey(1, 8));
    let said = [
        ("c_1", "A"),
        ("d_1", "It is an MR image"),
        ("d_2", "CT or MR"),
    ];
    let report = report(Benchmark::OmniMedVqa, &data, &said);
    // Two of three; the third names two options.
    assert_eq!(report.choices.expect("choices").percent, 66.67);
    assert_eq!((report.unclear, report.groups["X-Ray"].n), (1, 3));

    write(
        &data,
        &format!("{open}/B.json"),
        json!([entry("d_3", "m", "PET")]).to_string(),
    );
    let error = read(Benchmark::OmniMedVqa, &data).unwrap_err().to_string();
    assert!(
        error.contains("B.json") && error.contains("entry 0: gt_answer \"PET\""),
        "{error}"
    );
}

#[test]
fn gmai_mmbench_is_a_table_with_pictures_in_it() {
    let data = folder("gmai");
    let picture = STANDARD.encode(grey(5, 8));
    let table = format!(
        "index\timage\tquestion\tA\tB\tC\tD\tE\tanswer\tcategory\tl2-category\n\
         0\t{picture}\t\"Two\nlines \"\"here\"\"?\"\tone\ttwo\t\t\t\tB\tseverity grading\tOphthalmology\n\
         1\t{picture}\tWhich?\tone\ttwo\tthree\tfour\tfive\tE\tnucleus\tPathology\n"
    );
    write(&data, "GMAI-MMBench_VAL.tsv", &table);
    let asked = read(Benchmark::GmaiMmBench, &data).expect("questions");
    assert_eq!(asked[0].text, "Two\nlines \"here\"?");
    assert_eq!(greys(&asked[1], 1), [5]);
    let report = report(
        Benchmark::GmaiMmBench,
        &data,
        &[("0", "(B) two"), ("1", "four")],
    );
    assert_eq!(report.accuracy.percent, 50.0);
    assert_eq!(report.groups["severity grading"].percent, 100.0);
    assert_eq!(report.groups["nucleus"].percent, 0.0);

    write(
        &data,
        "GMAI-MMBench_VAL.tsv",
        table.replace("\tE\tnucleus", "\tF\tnucleus"),
    );
    let error = read(Benchmark::GmaiMmBench, &data).unwrap_err().to_string();
    assert!(
        error.contains("line 4") && error.contains("\"F\""),
        "{error}"
    );
}

#[test]
fn mmrarebench_has_several_pictures_a_question_and_synonyms() {
    let data = folder("mmrare");
    let pictures = json!([STANDARD.encode(grey(10, 8)), STANDARD.encode(grey(20, 8))]);
    let cell =
        |value: &serde_json::Value| format!("\"{}\"", value.to_string().replace('"', "\"\""));
    let aliases = json!(["GPA", "Wegener disease"]);
    let diagnosis = format!(
        "index\tquestion\tcontext\timage\tanswer\tanswer_aliases\tcategory\tORPHA_code\n\
         1\tWhat is it?\tA boy of 7.\t{}\tgranulomatosis with polyangiitis\t{}\tx\t900\n",
        cell(&pictures),
        cell(&aliases)
    );
    write(&data, "diagnosis/diagnosis_opened.tsv", diagnosis);
    let paths = json!(["images/a.png", "images/video"]);
    let cross = format!(
        "index\tquestion\timage_path\tanswer\n1\tCompare.\t{}\tboth show fibrosis\n",
        cell(&paths)
    );
    write(&data, "crossmodal/crossmodal_comparison.tsv", cross);
    write(&data, "crossmodal/images/a.png", grey(30, 8));
    for frame in 1..=11_u8 {
        write(
            &data,
            &format!("crossmodal/images/video/{frame}.png"),
            grey(100 + frame, 8),
        );
    }
    let asked = read(Benchmark::MmRareBench, &data).expect("questions");
    assert_eq!(
        (greys(&asked[0], 8), &asked[0].context[..]),
        (vec![10, 20], "A boy of 7.")
    );
    // A still picture, then the first, middle and last frame of the video, by the value of their
    // numbers.
    assert_eq!(greys(&asked[1], 3), [30, 101, 106, 111]);
    let said = [
        ("diagnosis 1", "Wegener disease"),
        ("crossmodal 1", "Both show nothing"),
    ];
    let report = report(Benchmark::MmRareBench, &data, &said);
    assert_eq!(report.open_exact.expect("open").percent, 50.0);
    // F1 1 and 2*2/(3+3).
    assert_eq!(report.open_f1.expect("open").percent, 83.33);
    assert_eq!(report.groups["crossmodal"].percent, 66.67);
    assert!(report.published.is_empty());
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let data = folder("wrong");
    let missing = read(Benchmark::Slake, &data).unwrap_err().to_string();
    assert!(
        missing.contains("test.json") && missing.contains("docs/guides/benchmarks.md"),
        "{missing}"
    );
    let missing = read(Benchmark::MmRareBench, &data).unwrap_err().to_string();
    assert!(
        missing.contains("diagnosis/diagnosis_opened.tsv"),
        "{missing}"
    );

    write(&data, "imgs/x", "");
    write(&data, "test.json", "<html>");
    let form = read(Benchmark::Slake, &data).unwrap_err().to_string();
    assert!(form.contains("test.json is not as published"), "{form}");

    let mut entry = json!({
        "q_lang": "en", "qid": 1, "answer": "Yes", "answer_type": "CLOSED", "question": "?",
        "img_name": "../../secret.png",
    });
    write(&data, "test.json", json!([entry]).to_string());
    let outside = read(Benchmark::Slake, &data).unwrap_err();
    assert!(
        matches!(outside, BenchmarkError::Outside { .. }),
        "{outside}"
    );

    entry["img_name"] = json!("x");
    write(&data, "test.json", json!([entry]).to_string());
    let question = read(Benchmark::Slake, &data).expect("a question").remove(0);
    let picture = question.pictures[0]
        .load(&question.id, 1)
        .unwrap_err()
        .to_string();
    assert!(
        picture.contains("question 1") && picture.contains("imgs/x"),
        "{picture}"
    );

    entry["q_lang"] = json!("zh");
    write(&data, "test.json", json!([entry]).to_string());
    let settings = settings(Benchmark::Slake, &data);
    let empty = measure_with("x", &mut |_| Ok(String::new()), &settings, &mut |_| {}).unwrap_err();
    assert!(matches!(empty, BenchmarkError::Empty { .. }), "{empty}");
}

#[test]
fn pairs_are_found_by_name_and_compared() {
    let data = folder("pairs");
    // All values differ by 16: PSNR = 20 log10(255 / 16). SSIM of flat pictures is its first factor,
    // (2 * 100 * 116 + c1) / (100^2 + 116^2 + c1) with c1 = 2.55^2.
    write(&data, "made/a.png", grey(100, 16));
    write(&data, "truth/a.png", grey(116, 16));
    // Equal, but the true one is larger.
    write(&data, "made/b.png", grey(50, 12));
    write(&data, "truth/b.png", grey(50, 24));
    write(&data, "truth/c.png", grey(1, 8));
    let report = compare(&data.join("made"), &data.join("truth")).expect("a report");
    assert_eq!(
        (report.pairs, report.equal, report.resized, report.alone),
        (2, 1, 1, 1)
    );
    assert_eq!(report.psnr_db, Some(24.05));
    let flat = |pair: &unimed_train::benchmark::PairScore| (pair.ssim, pair.ssim_gaussian);
    assert_eq!(flat(&report.by_pair[0]), (Some(0.9891), Some(0.9891)));
    assert_eq!(
        (report.by_pair[1].psnr_db, report.by_pair[1].ssim),
        (None, Some(1.0))
    );
    let table = report.to_string();
    assert!(
        table.contains("| mean | 24.05 | 0.995 | 0.995 |"),
        "{table}"
    );
    assert!(
        table.contains("MRI 4x super-resolution (IXI) | 27.29 | 0.890"),
        "{table}"
    );

    let single = compare(&data.join("made/a.png"), &data.join("truth/c.png")).expect("a report");
    assert_eq!((single.pairs, single.resized), (1, 1));
    let none = compare(&data.join("made"), &folder("no-pairs")).unwrap_err();
    assert!(matches!(none, BenchmarkError::NoPairs { .. }), "{none}");
}
