//! A page and its worker in a real browser: a handle starts small programs made here.

#![cfg(target_arch = "wasm32")]

use std::{cell::RefCell, rc::Rc};
use unimed_protocol::FromWorker;
use unimed_web::{browser, worker_handle::WorkerHandle};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Repeats every request as an event, once it has said that it listens; from then on it holds the lock of its name, as
/// `unimed_web::worker` has workers do.
const ECHO: &str = r#"
    onmessage = (event) => postMessage([JSON.stringify({ event: JSON.parse(event.data[0]) }), ...event.data.slice(1)]);
    setTimeout(() => navigator.locks.request(name, () => {
        postMessage(['"ready"']);
        return new Promise(() => {});
    }), 50);
"#;

type Heard = Rc<RefCell<Vec<String>>>;

/// Address of a program.
fn program(text: &str) -> String {
    let text = js_sys::JSON::stringify(&text.into()).expect("text");
    let make = format!("URL.createObjectURL(new Blob([{text}], {{ type: 'text/javascript' }}))");
    let url = js_sys::eval(&make).expect("a browser makes addresses of blobs");
    url.as_string().expect("an address")
}

fn start(url: &str) -> (WorkerHandle<u32, u32>, Heard) {
    let heard = Heard::default();
    let note = Rc::clone(&heard);
    let handle = WorkerHandle::start(url, "", move |said, message| {
        let beside = message.bytes(0);
        note.borrow_mut().push(match said {
            FromWorker::Ready => "ready".to_owned(),
            FromWorker::Failed { detail } => format!("failed {detail}"),
            FromWorker::Requests(records) => format!("{} requests", records.len()),
            FromWorker::Event(number) => format!("{number} {beside:?}"),
        });
    });
    (handle.expect("a browser with workers"), heard)
}

/// Waits until so much was heard, two seconds at most.
async fn heard(heard: &Heard, count: usize) -> Vec<String> {
    for _ in 0..200 {
        if heard.borrow().len() >= count {
            break;
        }
        browser::sleep(10.0).await;
    }
    heard.borrow().clone()
}

#[wasm_bindgen_test]
async fn requests_wait_until_the_worker_listens_and_arrive_in_order() {
    let (worker, said) = start(&program(ECHO));
    let buffer = unimed_web::message::to_buffer(&[1, 2]);
    worker.post(&7, &[&buffer]);
    worker.post(&8, &[] as &[js_sys::ArrayBuffer]);
    assert_eq!(heard(&said, 3).await, ["ready", "7 Some([1, 2])", "8 None"]);
    worker.post(&9, &[] as &[js_sys::ArrayBuffer]);
    assert_eq!(heard(&said, 4).await[3], "9 None");
    assert_eq!(buffer.byte_length(), 2, "buffers are copied");
}

#[wasm_bindgen_test]
async fn a_program_that_cannot_be_loaded_is_a_failure() {
    let (_worker, said) = start("there-is-no-such-program.js");
    let said = heard(&said, 1).await;
    assert!(said.len() == 1 && said[0].starts_with("failed"), "{said:?}");
}

#[wasm_bindgen_test]
async fn a_program_that_dies_is_a_failure_with_its_words() {
    let dies = "onmessage = () => { throw new Error('over'); };";
    let (worker, said) = start(&program(&format!("{ECHO} {dies}")));
    assert_eq!(heard(&said, 1).await, ["ready"]);
    worker.post(&1, &[] as &[js_sys::ArrayBuffer]);
    let said = heard(&said, 2).await;
    assert!(
        said[1].starts_with("failed") && said[1].contains("over"),
        "{said:?}"
    );
}

#[wasm_bindgen_test]
async fn a_program_that_ends_without_a_word_is_a_failure() {
    let (worker, said) = start(&program(&format!("{ECHO} onmessage = () => close();")));
    assert_eq!(heard(&said, 1).await, ["ready"]);
    worker.post(&1, &[] as &[js_sys::ArrayBuffer]);
    assert_eq!(heard(&said, 2).await, ["ready", "failed it is gone"]);
}

/// Listens and answers pings until it is asked for 1, and holds no lock.
const PONGS: &str = r#"
    let there = true;
    onmessage = (event) => {
        if (event.data[0] === '1') there = false;
        if (event.data[0] === '"ping"' && there) postMessage(['"pong"']);
    };
    postMessage(['"ready"']);
"#;

/// Takes the locks away from this page while something is done.
async fn without_locks<T>(work: impl Future<Output = T>) -> T {
    let hide =
        "Object.defineProperty(navigator, 'locks', { configurable: true, value: undefined })";
    js_sys::eval(hide).expect("locks can be hidden");
    let done = work.await;
    js_sys::eval("delete navigator.locks").expect("they come back");
    done
}

#[wasm_bindgen_test]
async fn without_locks_a_worker_that_answers_no_more_is_a_failure() {
    let (worker, said) = start(&program(PONGS));
    worker.expect_answers(|| 2);
    without_locks(async {
        assert_eq!(heard(&said, 1).await, ["ready"]);
        // More pings than may stay without an answer.
        browser::sleep(3500.0).await;
        assert_eq!(*said.borrow(), ["ready"]);
        worker.post(&1, &[] as &[js_sys::ArrayBuffer]);
        browser::sleep(3500.0).await;
        assert_eq!(*said.borrow(), ["ready", "failed it does not answer"]);
    })
    .await;
}

#[wasm_bindgen_test]
async fn without_locks_a_worker_need_not_answer_unless_that_is_expected() {
    let (worker, said) = start(&program(PONGS));
    without_locks(async {
        worker.post(&1, &[] as &[js_sys::ArrayBuffer]);
        browser::sleep(2500.0).await;
        assert_eq!(*said.borrow(), ["ready"]);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_dropped_handle_hears_nothing_and_frees_its_listeners() {
    let (worker, said) = start(&program(ECHO));
    assert_eq!(heard(&said, 1).await, ["ready"]);
    worker.post(&1, &[] as &[js_sys::ArrayBuffer]);
    assert_eq!(Rc::strong_count(&said), 2);
    drop(worker);
    assert_eq!(Rc::strong_count(&said), 1);
    browser::sleep(200.0).await;
    assert_eq!(*said.borrow(), ["ready"]);
}

#[wasm_bindgen_test]
async fn a_handle_may_be_dropped_by_what_it_hears() {
    let slot: Rc<RefCell<Option<WorkerHandle<u32, u32>>>> = Rc::default();
    let ready = Rc::new(());
    let (inside, note) = (Rc::clone(&slot), Rc::clone(&ready));
    let worker = WorkerHandle::start(&program(ECHO), "", move |_, _| {
        let _kept = &note;
        drop(inside.take());
    });
    slot.replace(Some(worker.expect("a browser with workers")));
    for _ in 0..200 {
        if slot.borrow().is_none() {
            break;
        }
        browser::sleep(10.0).await;
    }
    assert!(slot.borrow().is_none());
    assert_eq!(Rc::strong_count(&ready), 1, "what listened is freed");
}
