//! The format as a teacher meets it: what is right is read, and what is not is named with its line and field.

use unimed_lesson::{Block, Lesson, LessonError, check, make_case, make_pair, read, without};

const FRONT: &str = "+++\nid = \"x\"\nnumber = 1\ntitle = \"X\"\nlanguage = \"en\"\nminutes = 5\ngoals = [\"Y\"]\n\
    [[sources]]\ntext = \"Z\"\ndoi = \"10.1000/182\"\n+++\n";

/// The first line behind the front matter.
const BODY: usize = 12;

const CASE: &str =
    "```case\nname = \"a\"\nmodality = \"chest-xray\"\nfindings = [\"effusion\"]\n```\n";

fn lesson(body: &str) -> Result<Lesson, LessonError> {
    read(&format!("{FRONT}{body}"))
}

fn error(body: &str) -> LessonError {
    lesson(body).expect_err("is not right")
}

/// Line, field and words of an error about a field.
fn field(error: LessonError) -> (usize, String, String) {
    match error {
        LessonError::Field {
            line, field, what, ..
        } => (line, field, what),
        other => panic!("expected a field, found {other}"),
    }
}

#[test]
fn text_and_blocks_are_read_in_their_order() {
    let lesson = lesson(&format!(
        "## A *step*\n\nOne **two** `three`\nfour.\n\n### Five\n\n1. six\n2. seven\n\n{CASE}\n## B\n\nEight.\n"
    ))
    .expect("is right");
    assert_eq!(lesson.front.id, "x");
    assert_eq!(lesson.steps.len(), 2);
    assert_eq!(lesson.steps[0].title, "A step");
    let blocks: Vec<&Block> = lesson.steps[0].contents.iter().map(|c| &c.block).collect();
    let Block::Paragraph { runs } = blocks[0] else {
        panic!("{:?}", blocks[0])
    };
    let words: Vec<_> = runs
        .iter()
        .map(|r| (r.text.as_str(), r.strong, r.code))
        .collect();
    assert_eq!(
        words,
        [
            ("One ", false, false),
            ("two", true, false),
            (" ", false, false),
            ("three", false, true),
            (" four.", false, false)
        ]
    );
    assert!(matches!(blocks[1], Block::Heading { .. }));
    assert!(matches!(blocks[2], Block::List { ordered: true, items } if items.len() == 2));
    assert!(matches!(blocks[3], Block::Case(case) if case.findings == ["effusion"]));
}

#[test]
fn facts_can_be_written_flat_or_nested() {
    for facts in [
        "facts.effusion.side = \"left\"",
        "facts = { \"effusion.side\" = \"left\" }",
    ] {
        let body = format!(
            "## A\n\n```case\nname = \"a\"\nmodality = \"chest-xray\"\nfindings = [\"effusion\"]\n{facts}\n```\n"
        );
        let lesson = lesson(&body).expect("is right");
        let Block::Case(case) = &lesson.steps[0].contents[0].block else {
            panic!("no case")
        };
        assert_eq!(case.facts["effusion.side"], "left");
        check(&lesson).expect("such cases exist");
        for seed in 0..5 {
            let made = make_case(case, seed).expect("is there");
            let has = |key: &str, value: &str| {
                made.case
                    .facts
                    .iter()
                    .any(|f| f.key == key && f.value == value)
            };
            assert!(has("effusion.side", "left") && has("nodule.present", "no"));
            assert_eq!(made.masks.len(), 1);
            let image = without(&made, seed).expect("has a finding");
            assert_ne!(image, made.case.image);
        }
        let fresh = |seed| make_case(case, seed).expect("is there").case.image;
        assert_ne!(fresh(1), fresh(2));
        assert_eq!(fresh(1), fresh(1));
    }
}

#[test]
fn findings_are_drawn_about_equally_often() {
    let lesson = lesson("## A\n\n```case\nname = \"a\"\nmodality = \"fundus\"\nfindings = [\"drusen\", \"none\"]\n```\n").expect("is right");
    let Block::Case(case) = &lesson.steps[0].contents[0].block else {
        panic!("no case")
    };
    let seeds = (0..40_u64).map(|seed| seed * 1_000_003);
    let normal = seeds.filter(|seed| {
        make_case(case, *seed)
            .expect("is there")
            .case
            .finding
            .is_none()
    });
    assert!((8..=32).contains(&normal.count()));
}

#[test]
fn a_front_matter_is_there_whole_and_of_the_right_kind() {
    assert!(matches!(
        read(""),
        Err(LessonError::NoFrontMatter { line: 1, .. })
    ));
    assert!(matches!(
        read("# A\n"),
        Err(LessonError::NoFrontMatter { line: 1, .. })
    ));
    assert!(matches!(
        read("+++\nid = \"a\"\n"),
        Err(LessonError::NoFrontMatter { .. })
    ));
    assert!(matches!(
        read("\u{fffd}PNG\r\n"),
        Err(LessonError::NoFrontMatter { .. })
    ));
    let long = format!("{FRONT}{}", "a ".repeat(200_000));
    assert!(matches!(read(&long), Err(LessonError::TooLong { .. })));
    for (from, to, line, name) in [
        ("number = 1\n", "", 2, "number"),
        ("number = 1", "number = \"one\"", 3, "number"),
        ("minutes = 5", "minutes = 5\ncolour = \"red\"", 7, "colour"),
        ("id = \"x\"", "id = \"../x\"", 2, "id"),
        ("language = \"en\"", "language = \"xx\"", 5, "language"),
        ("minutes = 5", "minutes = 0", 6, "minutes"),
        ("10.1000/182", "https://example.org", 10, "sources.doi"),
        ("10.1000/182", "10.1000/18 onclick", 10, "sources.doi"),
        ("title = \"X\"", "title = ", 4, "title"),
    ] {
        let file = format!("{FRONT}## A\n\nB\n").replacen(from, to, 1);
        let (at, found, what) = field(read(&file).expect_err("is not right"));
        assert_eq!((at, found.as_str()), (line, name), "{what}");
    }
}

#[test]
fn what_would_run_or_be_fetched_is_refused() {
    for (body, what) in [
        ("<script>alert(1)</script>", "HTML"),
        ("a <b onclick=\"x\">b</b>", "HTML"),
        ("<!-- a -->", "HTML"),
        ("![a](https://example.org/a.png)", "images by address"),
        ("[a](javascript:x)", "links"),
        ("<https://example.org>", "links"),
        ("    indented", "indented text"),
        ("> quoted", "quotation block"),
        ("# A title", "heading of this level"),
        ("---", "rule"),
        ("- a\n  - b", "list within a list"),
    ] {
        let found = error(&format!("## A\n\n{body}\n"));
        assert!(
            matches!(&found, LessonError::NotPart { what: not, .. } if *not == what),
            "{body}: {found}"
        );
        assert!(found.line() >= BODY + 2, "{body}: {found}");
    }
    // What Markdown writes as plain words stays words.
    let entities = lesson("## A\n\n&lt;script&gt; and \\<b\\>\n").expect("is right");
    let Block::Paragraph { runs } = &entities.steps[0].contents[0].block else {
        panic!("no words")
    };
    assert_eq!(runs[0].text, "<script> and <b>");
}

#[test]
fn blocks_are_known_and_their_fields_right() {
    let block = |kind: &str, body: &str| format!("## A\n\n{CASE}\n```{kind}\n{body}\n```\n");
    let unknown = error(&block("javascript", "x"));
    assert!(
        matches!(&unknown, LessonError::UnknownBlock { found, .. } if found == "javascript"),
        "{unknown}"
    );
    for (kind, body, name) in [
        ("case", "name = \"a\"\nmodality = \"fundus\"", "name"),
        ("case", "name = \"b\"\nmodality = \"x-ray\"", "modality"),
        (
            "case",
            "name = \"b\"\nmodality = \"fundus\"\nfindings = [\"nodule\"]",
            "findings",
        ),
        (
            "picture",
            "name = \"b\"\nfile = \"../a.png\"\nalt = \"a\"\ncredit = \"a\"\nlicence = \"a\"",
            "file",
        ),
        (
            "picture",
            "name = \"b\"\nfile = \"https://example.org/a.png\"\nalt = \"a\"\ncredit = \"a\"\nlicence = \"a\"",
            "file",
        ),
        (
            "picture",
            "name = \"b\"\nfile = \"a.png\"\nalt = \"a\"\ncredit = \"a\"\nlicence = \"\"",
            "licence",
        ),
        ("mark", "image = \"b\"\nask = \"a\"\nwhy = \"a\"", "image"),
        (
            "measure",
            "image = \"a\"\nask = \"a\"\nof = \"width\"\ntolerance = 0\nwhy = \"a\"",
            "tolerance",
        ),
        (
            "measure",
            "image = \"a\"\nask = \"a\"\nof = \"depth\"\ntolerance = 9\nwhy = \"a\"",
            "of",
        ),
        (
            "window",
            "image = \"a\"\nask = \"a\"\nwidth = [9, 1]\nlevel = [1, 9]\nwhy = \"a\"",
            "width",
        ),
        (
            "question",
            "ask = \"a\"\nchoices = [{ text = \"b\" }]\nwhy = \"a\"",
            "choices",
        ),
        (
            "question",
            "ask = \"a\"\nchoices = [{ text = \"b\" }, { text = \"c\" }]\nwhy = \"a\"",
            "choices",
        ),
        (
            "question",
            "image = \"a\"\nask = \"a\"\nfact = \"effusion.side\"\nchoices = [{ text = \"b\", right = true }, { text = \"c\" }]\nwhy = \"a\"",
            "choices",
        ),
        ("compare", "before = \"a\"\nafter = \"b\"", "image"),
        (
            "compare",
            "change = \"x\"\nbefore = \"a\"\nafter = \"b\"",
            "change",
        ),
        ("reveal", "image = \"a\"\nscript = \"x\"", "script"),
        ("reveal", "", "image"),
    ] {
        let (line, found, what) = field(error(&block(kind, body)));
        assert_eq!(found, name, "{kind}: {what}");
        assert!(line >= BODY + 8, "{kind}: line {line}");
    }
}

#[test]
fn steps_have_headings_and_contents() {
    assert!(matches!(error("Words.\n"), LessonError::NotPart { line, .. } if line == BODY));
    assert!(matches!(error(""), LessonError::Empty { .. }));
    assert!(
        matches!(error("## A\n\n## B\n\nC\n"), LessonError::Empty { line, .. } if line == BODY)
    );
}

#[test]
fn what_the_simulator_does_not_have_is_named() {
    let checked = |body: &str| {
        check(&lesson(&format!("## A\n\n{body}")).expect("is read")).expect_err("is not there")
    };
    let case = |findings: &str, facts: &str| {
        format!("```case\nname = \"a\"\nmodality = \"ct\"\nfindings = [{findings}]\n{facts}\n```\n")
    };
    let (_, name, what) = field(checked(&case(
        "\"subdural\"",
        "facts.subdural.colour = \"red\"",
    )));
    assert!(
        name == "facts" && what.contains("`subdural.side`"),
        "{what}"
    );
    let (_, name, what) = field(checked(&case(
        "\"subdural\"",
        "facts.subdural.side = \"both\"",
    )));
    assert!(
        name == "facts.subdural.side" && what.contains("`left`, `right`"),
        "{what}"
    );
    let (_, _, what) = field(checked(&case(
        "\"subdural\"",
        "facts.window = \"lung window\"",
    )));
    assert!(what.contains("facts that go together"), "{what}");
    let question = "```question\nimage = \"a\"\nask = \"b\"\nfact = \"subdural.size\"\nwhy = \"c\"\nchoices = [{ text = \"s\", value = \"small\" }, { text = \"l\", value = \"large\" }]\n```\n";
    let (_, name, what) = field(checked(&format!(
        "{}\n{question}",
        case("\"subdural\"", "")
    )));
    assert!(name == "choices" && what.contains("\"moderate\""), "{what}");
    let (_, name, _) = field(checked(&format!(
        "{}\n{question}",
        case("\"aneurysm\"", "")
    )));
    assert_eq!(name, "fact");
}

#[test]
fn only_cases_with_a_finding_can_be_marked_and_compared() {
    let body = "## A\n\n```case\nname = \"a\"\nmodality = \"ct\"\nfindings = [\"none\", \"subdural\"]\n```\n\n";
    for block in [
        "mark\nimage = \"a\"\nask = \"b\"\nwhy = \"c\"",
        "compare\nimage = \"a\"\nbefore = \"b\"\nafter = \"c\"",
    ] {
        let (_, name, what) = field(error(&format!("{body}```{block}\n```\n")));
        assert!(name == "image" && what.contains("may be normal"), "{what}");
    }
}

#[test]
fn pairs_come_by_the_name_of_their_change() {
    assert_ne!(
        make_pair("t1-to-flair", 1).expect("is known").source,
        make_pair("t1-to-flair", 2).expect("is known").source
    );
    make_pair("t1-to-x", 1).expect_err("is not known");
}
