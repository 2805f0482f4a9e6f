//! One request and its answer.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::{HeaderMap, Method, Request, Response, StatusCode, body::Incoming};
use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    answer::{Paging, answer},
    body::{Reset, WireBody},
    delivery::{self, Reply},
    dice::{Dice, mix},
    disfigure,
    endpoint::Endpoint,
    fault::FaultKind,
    gate::Refusal,
    question::{self, Question},
    records::SeenRequest,
    vendor::{Simulator, Trouble},
};

/// Questions are a few numbers.
const LARGEST_QUESTION: usize = 64 * 1024;

/// The vendor's envelope.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    code: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ret: Option<Payload>,
    request_id: String,
    cost_time: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Payload {
    Plain(super::answer::Ret),
    Changed(Value),
}

/// A request with everything that was decided about it.
struct Exchange<'a> {
    simulator: &'a Simulator,
    trouble: &'a Trouble,
    headers: &'a HeaderMap,
    body: &'a [u8],
    endpoint: Endpoint,
    struck: Vec<FaultKind>,
    lots: Dice,
}

/// Answers a request; an error stands for a connection to be reset.
pub(super) async fn exchange(
    simulator: &Simulator,
    request: Request<Incoming>,
    shutdown: &CancellationToken,
) -> Result<Response<WireBody>, Reset> {
    let (parts, body) = request.into_parts();
    let plain = |status| delivery::plain(status, simulator.clock.now().as_second());
    let Ok(body) = Limited::new(body, LARGEST_QUESTION).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let body = body.to_bytes();
    let path = parts.uri.path();
    let endpoint = question::endpoint(path, &body);
    let app = simulator.gate.claimed(&parts.headers);
    let nth = simulator.records.note(SeenRequest {
        app,
        endpoint,
        path: path.to_owned(),
        headers: parts.headers.clone(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let Some(endpoint) = endpoint else {
        return Ok(plain(StatusCode::NOT_FOUND));
    };
    if parts.method != Method::POST {
        return Ok(plain(StatusCode::METHOD_NOT_ALLOWED));
    }

    let trouble = simulator.trouble();
    // Whom a fault strikes follows from who asks what for the how-manieth time, so that it does not
    // depend on how the requests of several applications interleave.
    let app = app.unwrap_or(usize::MAX);
    let seed = simulator.world.config().seed;
    let mut lots = Dice::new(mix(&[seed, 20, app as u64, endpoint.index() as u64, nth]));
    let struck: Vec<FaultKind> = trouble
        .faults
        .iter()
        .filter(|fault| fault.strikes(app, endpoint, lots.fraction()))
        .map(|fault| fault.kind())
        .collect();
    Exchange {
        simulator,
        trouble: &trouble,
        headers: &parts.headers,
        body: &body,
        endpoint,
        struck,
        lots,
    }
    .run(shutdown)
    .await
}

impl Exchange<'_> {
    async fn run(mut self, shutdown: &CancellationToken) -> Result<Response<WireBody>, Reset> {
        self.wait(shutdown).await?;
        let skew: i64 = self
            .struck
            .iter()
            .map(|kind| match kind {
                FaultKind::ClockSkew(seconds) => *seconds,
                _ => 0,
            })
            .sum();
        let now = self.simulator.clock.now().as_second();
        let reply = self.reply(now, skew);
        let accepts_gzip = self.simulator.options.gzip && delivery::accepts_gzip(self.headers);
        let date = now.saturating_add(skew);
        Ok(delivery::deliver(reply, &self.struck, accepts_gzip, date))
    }

    /// Latency, slowness and hanging; then a reset, if there is to be one.
    async fn wait(&self, shutdown: &CancellationToken) -> Result<(), Reset> {
        let slow = |kind: &FaultKind| match kind {
            FaultKind::Slow(by) => *by,
            _ => Duration::ZERO,
        };
        let delay = self.trouble.latency + self.struck.iter().map(slow).sum::<Duration>();
        let hangs = self.struck.contains(&FaultKind::Hang);
        if hangs || !delay.is_zero() {
            let patience = async {
                if hangs {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(delay).await;
            };
            tokio::select! {
                () = patience => {}
                () = shutdown.cancelled() => return Err(Reset),
            }
        }
        if self.struck.contains(&FaultKind::Reset) {
            return Err(Reset);
        }
        Ok(())
    }

    /// What is said, from the outermost fault inwards.
    fn reply(&mut self, now: i64, skew: i64) -> Reply {
        for kind in &self.struck {
            match kind {
                FaultKind::Http(status) => {
                    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
                    return Reply {
                        status,
                        content_type: "text/plain",
                        body: Bytes::from_static(b"upstream unavailable\n"),
                    };
                }
                FaultKind::Html => {
                    return Reply {
                        status: StatusCode::OK,
                        content_type: "text/html;charset=utf-8",
                        body: Bytes::from_static(
                            b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>\n",
                        ),
                    };
                }
                _ => {}
            }
        }
        let body = match self.say(now, skew) {
            Ok(body) => body,
            Err(refusal) => {
                tracing::debug!(
                    sim.endpoint = %self.endpoint,
                    sim.code = refusal.code,
                    sim.reason = refusal.reason,
                    "request refused"
                );
                self.envelope(refusal.code, Some(message(refusal.code)), None)
            }
        };
        Reply {
            status: StatusCode::OK,
            content_type: "application/json;charset=utf-8",
            body,
        }
    }

    fn say(&mut self, now: i64, skew: i64) -> Result<Bytes, Refusal> {
        let app = self
            .simulator
            .gate
            .admit(self.headers, now.saturating_add(skew))?;
        for kind in &self.struck {
            if let FaultKind::Code(code) = kind {
                return Err(Refusal::new(*code, "a fault was asked for"));
            }
        }
        if let Some(body) = self.trouble.answers.get(&self.endpoint) {
            return Ok(body.clone());
        }
        let longest = self.simulator.options.max_range_days;
        let mut question = Question::parse(self.endpoint, self.body, longest)?;
        if question == Question::Realtime && self.struck.contains(&FaultKind::ListForRealtime) {
            let today = self.simulator.world.calendar().day_at(now);
            let start = self.simulator.world.calendar().start(today) * 1000;
            let body = serde_json::json!({"startTime": start, "endTime": now * 1000}).to_string();
            question = Question::parse(Endpoint::List, body.as_bytes(), None)?;
        }
        let paging = Paging {
            shifted: self.struck.contains(&FaultKind::ShiftingPages),
            repeated: self.struck.contains(&FaultKind::DuplicateEntries),
            cap: self.struck.iter().find_map(|kind| match kind {
                FaultKind::PageCap(size) => Some(*size),
                _ => None,
            }),
        };
        let ret = answer(&self.simulator.world, app, &question, paging, now)?;
        tracing::debug!(sim.endpoint = %self.endpoint, sim.app = app, "request answered");
        let payload = self.disfigured(ret);
        Ok(self.envelope(200, None, payload))
    }

    fn disfigured(&self, ret: super::answer::Ret) -> Option<Payload> {
        if self.struck.contains(&FaultKind::MissingRet) {
            return None;
        }
        if !self.struck.iter().any(|kind| disfigure::applies(*kind)) {
            return Some(Payload::Plain(ret));
        }
        let mut value = serde_json::to_value(ret).unwrap_or_default();
        for kind in &self.struck {
            disfigure::disfigure(&mut value, *kind);
        }
        Some(Payload::Changed(value))
    }

    fn envelope(&mut self, code: i64, msg: Option<&'static str>, ret: Option<Payload>) -> Bytes {
        let envelope = Envelope {
            code,
            msg,
            ret,
            request_id: format!("mc_{:016x}{:016x}", self.lots.next(), self.lots.next()),
            cost_time: format!("{}ms", self.lots.between(5, 90)),
        };
        serde_json::to_vec(&envelope).unwrap_or_default().into()
    }
}

/// What the vendor says along with a code.
fn message(code: i64) -> &'static str {
    match code {
        300 => "参数错误",
        301 => "参数为空",
        302 => "请求头非法",
        303 => "非法的字符编码",
        401 => "请求未通过验证",
        402 => "服务未开通",
        501 => "服务器内部错误",
        510 => "请求过于频繁",
        512 => "服务繁忙，请稍后再试",
        2000 => "会议不存在",
        4000 => "企业服务已过期",
        4001 => "应用并发数已达上限",
        _ => "未知错误",
    }
}
