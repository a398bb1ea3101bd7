//! The wire over real sockets: leave for each call, patience, pauses, and what no text may show.

use std::io::Write;
use std::sync::{Arc, Mutex};

use market::{
    AnswerFault, Call, CallLimits, Key, PAUSE_S_FIRST, PAUSE_S_MAX, ProviderError, RETRY_AFTER_S_MAX, Source,
    Urgency, Wire, WireSettings,
};
use model::Timestamp;
use testkit::OpenGate;
use testkit::provider_server::{FakeMarket, Fault, ProviderServer, YahooFormat};

const NOW: &str = "2024-03-01T18:00:00Z";
const SECRET: &str = "s3cr3t-k3y";

struct Scene {
    server: ProviderServer,
    gate: Arc<OpenGate>,
    wire: Wire,
}

fn scene() -> Scene {
    scene_with_patience(20_000)
}

fn scene_with_patience(total_timeout_ms: u64) -> Scene {
    let now: Timestamp = NOW.parse().expect("a fixture");
    let server = ProviderServer::start(YahooFormat::default(), FakeMarket::new(now));
    let gate = Arc::new(OpenGate::new(now));
    let limits = CallLimits { total_timeout_ms, retry_delay_ms_first: 1, ..CallLimits::default() };
    let settings = WireSettings { limits, user_agent: "tester/1".into(), ..WireSettings::new(server.url()) };
    let wire = Wire::new(Source::Polygon, settings, gate.clone()).expect("a fixture");
    Scene { server, gate, wire }
}

/// A call with the secret in its query and in a header.
fn call() -> Call {
    let key = Key::new(SECRET);
    Call::to(["prices", "ACME"]).query("day", "1").key_query("apikey", &key).key_header("authorization", &key)
}

impl Scene {
    async fn fetch(&self, call: &Call) -> Result<String, ProviderError> {
        self.wire
            .fetch(call, Urgency::Background, |reply| Ok(format!("{} {}", reply.status(), reply.text())))
            .await
    }
}

#[tokio::test]
async fn a_call_carries_keys_and_introduces_itself() {
    let scene = scene();
    let told = scene.fetch(&call()).await.expect("an answer");
    assert!(told.starts_with("404 <!doctype html>"), "{told}");
    let request = &scene.server.calls()[0].request;
    assert_eq!(request.target, format!("/prices/ACME?day=1&apikey={SECRET}"));
    assert_eq!(request.headers["authorization"], SECRET);
    assert_eq!(request.headers["user-agent"], "tester/1");
    assert_eq!(request.headers["accept-encoding"], "gzip");
    assert_eq!(scene.gate.admitted(), [(Source::Polygon, Urgency::Background)]);
    assert_eq!(scene.gate.ended(), [(Source::Polygon, None)]);
}

#[tokio::test]
async fn what_is_unavailable_is_asked_again_until_it_is_there() {
    let scene = scene();
    scene.server.misbehave_on("/prices", Fault::Reset, 1);
    scene.server.misbehave_on("/prices", Fault::ServerError, 2);
    assert!(scene.fetch(&call()).await.is_ok());
    assert_eq!((scene.server.call_count(), scene.gate.admitted().len()), (4, 4));
    let ended: Vec<&str> = scene
        .gate
        .ended()
        .iter()
        .map(|(_, error)| error.as_ref().map_or("ok", ProviderError::code))
        .collect();
    assert_eq!(ended, ["unavailable", "unavailable", "unavailable", "ok"]);
}

#[tokio::test]
async fn a_pause_that_begins_between_two_tries_ends_them() {
    let scene = scene();
    scene.server.misbehave_on("/prices", Fault::ServerError, 1);
    scene.server.misbehave_on("/prices", Fault::LimitedForSeconds(30), 1);
    let retry_at = "2024-03-01T18:00:30Z".parse().expect("a fixture");
    assert_eq!(scene.fetch(&call()).await, Err(ProviderError::RateLimited { retry_at }));
    // Until then nobody is asked at all.
    assert_eq!(scene.fetch(&call()).await, Err(ProviderError::RateLimited { retry_at }));
    assert_eq!(scene.server.call_count(), 2);
}

#[tokio::test]
async fn pauses_without_a_time_grow_and_start_over_after_an_answer() {
    let scene = scene();
    let mut now: Timestamp = NOW.parse().expect("a fixture");
    let mut pauses = Vec::new();
    for turn in 0..10 {
        if turn == 8 {
            scene.server.behave();
            assert!(scene.fetch(&call()).await.is_ok());
        }
        scene.server.misbehave(Fault::Limited);
        let Err(ProviderError::RateLimited { retry_at }) = scene.fetch(&call()).await else {
            panic!("no limit")
        };
        pauses.push((retry_at.epoch_micros() - now.epoch_micros()) / 1_000_000);
        now = retry_at;
        scene.gate.set_now(now);
    }
    assert_eq!(pauses[..3], [PAUSE_S_FIRST, 2 * PAUSE_S_FIRST, 4 * PAUSE_S_FIRST]);
    assert_eq!(pauses[7], PAUSE_S_MAX);
    assert_eq!(pauses[8], PAUSE_S_FIRST);
}

#[tokio::test]
async fn times_to_wait_that_make_no_sense_are_bounded() {
    let check = async |fault: Fault, expected_s: i64| {
        let scene = scene();
        scene.server.misbehave(fault);
        let retry_at = NOW.parse::<Timestamp>().expect("a fixture").plus_seconds(expected_s);
        assert_eq!(scene.fetch(&call()).await, Err(ProviderError::RateLimited { retry_at }), "{fault:?}");
        assert_eq!(scene.gate.pause_of(Source::Polygon), Some(retry_at));
    };
    check(Fault::LimitedForSeconds(0), 1).await;
    check(Fault::LimitedForSeconds(u32::MAX), RETRY_AFTER_S_MAX).await;
    check(Fault::LimitedUntil("Fri, 01 Mar 2024 17:00:00 GMT"), 1).await;
    check(Fault::LimitedUntil("Wed, 01 Mar 2124 17:00:00 GMT"), RETRY_AFTER_S_MAX).await;
    check(Fault::LimitedUntil("when the cows come home"), PAUSE_S_FIRST).await;
}

#[tokio::test]
async fn a_limit_that_the_reader_finds_opens_a_pause_too() {
    let scene = scene();
    let read = |_: &market::Reply| Err::<(), _>(AnswerFault::LimitReached { retry_after_s: Some(90) });
    let told = scene.wire.fetch(&call(), Urgency::Interactive, read).await;
    let retry_at = "2024-03-01T18:01:30Z".parse().expect("a fixture");
    assert_eq!(told, Err(ProviderError::RateLimited { retry_at }));
    assert_eq!(scene.gate.pause_of(Source::Polygon), Some(retry_at));
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable() {
    let scene = scene();
    drop(scene.server);
    let told =
        scene.wire.fetch(&call(), Urgency::Interactive, |_| Ok(())).await.expect_err("nobody is there");
    assert_eq!(told.code(), "unavailable");
    assert_eq!(scene.gate.admitted().len(), 4);
}

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_error_and_no_log_line_shows_a_key() {
    let log = Log::default();
    let writer = log.clone();
    let logging = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing_subscriber::util::SubscriberInitExt::set_default(logging);
    let mut told = String::new();
    for fault in Fault::ALL {
        let scene = scene_with_patience(if matches!(fault, Fault::Hold { .. }) { 200 } else { 20_000 });
        scene.server.misbehave(fault);
        // Tests beside this one may just have noted that nobody listens.
        tracing::callsite::rebuild_interest_cache();
        // Providers like to repeat the key that they do not like.
        let read = |reply: &market::Reply| {
            let what = format!("{}: the key {SECRET} is used up", reply.status());
            Err::<(), _>(ProviderError::Malformed { what }.into())
        };
        let error =
            scene.wire.fetch(&call(), Urgency::Interactive, read).await.expect_err("each ends in an error");
        told.push_str(&format!("{error} {error:?} {:?} {:?} {:?}\n", scene.wire, call(), scene.gate));
    }
    let logged = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
    assert!(logged.contains(market::PROVIDER_CALL_SPAN) && logged.contains("/prices/ACME"), "{logged}");
    for text in [told, logged] {
        let line = text.lines().find(|line| line.contains(SECRET) || line.contains("apikey="));
        assert_eq!(line, None);
    }
}
