#include "results/outcome_json.h"

#include "results/json.h"

namespace gaikei {
namespace {

OrderedJson ToJson(const Phases& phases) {
  OrderedJson json = OrderedJson::object();
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (phases.spent[i]) json[std::string(Name(static_cast<Phase>(i)))] = Seconds(*phases.spent[i]);
  }
  json["other"] = Seconds(phases.other);
  return json;
}

OrderedJson ToJson(const HttpHop& hop) {
  return {{"url", hop.url},
          {"status", hop.status},
          {"location", hop.location},
          {"address", hop.address},
          {"duration", Seconds(hop.duration)},
          {"phases", ToJson(hop.phases)}};
}

OrderedJson ToJson(const ProxyEvidence& proxy) {
  OrderedJson json = {{"type", proxy.type}};
  if (!proxy.address.empty()) json["address"] = proxy.address;
  if (proxy.status != 0) json["status"] = proxy.status;
  if (proxy.duration > Span(0)) json["duration"] = Seconds(proxy.duration);
  return json;
}

OrderedJson ToJson(const HttpEvidence& http, bool verbose) {
  OrderedJson json = OrderedJson::object();
  if (http.status != 0) json["status"] = http.status;
  if (!http.version.empty()) json["version"] = http.version;
  json["size"] = http.size;
  json["wire_size"] = http.wire_size;
  if (http.content_length) json["content_length"] = *http.content_length;
  json["redirects"] = OrderedJson::array();
  for (const HttpHop& hop : http.redirects) json["redirects"].push_back(ToJson(hop));
  if (!http.location.empty()) json["location"] = http.location;
  if (verbose) {
    // A list of pairs: a field may be there several times, and the order says something.
    json["headers"] = OrderedJson::array();
    for (const auto& [name, value] : http.headers) json["headers"].push_back({name, value});
    if (!http.notes.empty()) json["notes"] = http.notes;
  }
  if (http.is_reused) json["connection"] = *http.is_reused ? "reuse" : "new";
  if (http.proxy) json["proxy"] = ToJson(*http.proxy);
  // The OpenTelemetry attribute by which an owner tells such traffic from that of users.
  json["user_agent.synthetic.type"] = "test";
  if (!http.traceparent.empty()) json["traceparent"] = http.traceparent;
  if (http.last_modified) json["last_modified"] = FormatRfc3339(*http.last_modified);
  if (http.token_duration) json["token_duration"] = Seconds(*http.token_duration);
  return json;
}

OrderedJson ToJson(const CertificateInfo& certificate) {
  return {{"subject", certificate.subject},
          {"issuer", certificate.issuer},
          {"not_before", FormatRfc3339(certificate.not_before)},
          {"not_after", FormatRfc3339(certificate.not_after)},
          {"serial", certificate.serial},
          {"sha256", certificate.sha256},
          {"san", certificate.san},
          {"key_type", certificate.key_type},
          {"key_bits", certificate.key_bits},
          {"signature_algorithm", certificate.signature_algorithm}};
}

/// The path that was found, in short: its certificates stand in `chain` in full, but for the
/// anchor.
OrderedJson PathToJson(const std::vector<CertificateInfo>& path) {
  OrderedJson json = OrderedJson::array();
  for (const CertificateInfo& certificate : path) {
    json.push_back({{"subject", certificate.subject},
                    {"not_after", FormatRfc3339(certificate.not_after)},
                    {"sha256", certificate.sha256}});
  }
  return json;
}

OrderedJson ToJson(const TlsEvidence& tls) {
  OrderedJson json = OrderedJson::object();
  const auto put = [&json](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  put("version", tls.version);
  put("cipher", tls.cipher);
  put("group", tls.group);
  put("alpn", tls.alpn);
  put("server_name", tls.server_name);
  put("starttls", tls.starttls);
  json["verified"] = tls.verified;
  put("verify_error", tls.verify_error);
  put("matched_name", tls.matched_name);
  if (tls.expires_at) json["expires_at"] = FormatRfc3339(*tls.expires_at);
  json["chain"] = OrderedJson::array();
  for (const auto& certificate : tls.chain) json["chain"].push_back(ToJson(certificate));
  if (tls.verified_expires_at) {
    json["verified_expires_at"] = FormatRfc3339(*tls.verified_expires_at);
    json["verified_chain"] = PathToJson(tls.verified_chain);
  }
  put("ocsp", tls.ocsp);
  if (tls.ocsp_age) json["ocsp_age"] = Seconds(*tls.ocsp_age);
  if (tls.session_tickets) json["session_tickets"] = *tls.session_tickets;
  json["lints"] = OrderedJson::array();
  for (const TlsLint& lint : tls.lints) json["lints"].push_back(lint.name);
  return json;
}

OrderedJson ToJson(const DnsSection& section) {
  OrderedJson json = OrderedJson::array();
  for (const DnsRecord& record : section.records) {
    json.push_back({{"name", record.name},
                    {"type", record.type},
                    {"ttl", record.ttl},
                    {"class", record.klass},
                    {"data", record.data}});
  }
  return json;
}

OrderedJson ToJson(const DnsAnswer& answer) {
  OrderedJson json = {{"server", answer.server}};
  if (!answer.server_name.empty()) json["server_name"] = answer.server_name;
  json["transport"] = answer.transport;
  if (answer.reason != Reason::kNone) {
    json["reason"] = Name(answer.reason);
    json["message"] = answer.message;
  }
  if (!answer.rcode.empty()) {
    json["rcode"] = answer.rcode;
    json["flags"] = answer.flags;
    json["answer"] = ToJson(answer.answer);
    json["authority"] = ToJson(answer.authority);
    json["additional"] = ToJson(answer.additional);
    json["answer_count"] = answer.answer.count;
    json["authority_count"] = answer.authority.count;
    json["additional_count"] = answer.additional.count;
    json["size"] = answer.size;
  }
  if (answer.serial) json["serial"] = *answer.serial;
  for (const DnsExtendedError& error : answer.extended_errors) {
    json["extended_errors"].push_back(
        {{"code", error.code}, {"name", error.name}, {"text", error.text}});
  }
  if (!answer.nsid.empty()) json["nsid"] = answer.nsid;
  if (!answer.ecs.empty()) json["ecs"] = answer.ecs;
  if (!answer.cookie.empty()) json["cookie"] = answer.cookie;
  json["tcp_fallbacks"] = answer.tcp_fallbacks;
  json["ignored"] = answer.ignored;
  if (!answer.notes.empty()) json["notes"] = answer.notes;
  if (answer.duration.count() != 0) json["duration"] = Seconds(answer.duration);
  return json;
}

OrderedJson ToJson(const DnssecEvidence& dnssec) {
  OrderedJson json = {{"status", dnssec.status}};
  if (!dnssec.failure.empty()) {
    json["failure"] = dnssec.failure;
    json["zone"] = dnssec.zone;
    json["message"] = dnssec.message;
  }
  json["chain"] = dnssec.chain;
  return json;
}

OrderedJson ToJson(const DnsEvidence& dns) {
  OrderedJson json = ToJson(static_cast<const DnsAnswer&>(dns));
  json["question"] = dns.question;
  if (!dns.servers.empty()) {
    json["servers"] = OrderedJson::array();
    for (const DnsAnswer& answer : dns.servers) json["servers"].push_back(ToJson(answer));
    json["differing"] = dns.differing;
  }
  if (dns.agree) json["agree"] = *dns.agree;
  if (dns.serial_spread) json["serial_spread"] = *dns.serial_spread;
  if (dns.dnssec) json["dnssec"] = ToJson(*dns.dnssec);
  return json;
}

OrderedJson ToJson(const TcpEvidence& tcp) {
  OrderedJson json = {{"rtt", Seconds(tcp.rtt)},
                      {"rtt_variance", Seconds(tcp.rtt_variance)},
                      {"retransmits", tcp.retransmits},
                      {"lost", tcp.lost}};
  if (!tcp.dialogue.empty()) json["dialogue"] = tcp.dialogue;
  if (!tcp.response.empty()) json["response"] = tcp.response;
  return json;
}

OrderedJson ToJson(const IcmpEvidence& icmp) {
  OrderedJson json = {{"sent", icmp.sent}, {"received", icmp.received}, {"loss", icmp.loss}};
  const auto put = [&json](const char* name, const std::optional<Span>& span) {
    if (span) json[name] = Seconds(*span);
  };
  put("rtt_min", icmp.rtt_min);
  put("rtt_mean", icmp.rtt_mean);
  put("rtt_max", icmp.rtt_max);
  put("jitter", icmp.jitter);
  if (icmp.ttl) json["ttl"] = *icmp.ttl;
  json["duplicates"] = icmp.duplicates;
  json["socket"] = icmp.socket;
  if (!icmp.errors.empty()) json["errors"] = icmp.errors;
  return json;
}

OrderedJson ToJson(const GrpcEvidence& grpc) {
  OrderedJson json = OrderedJson::object();
  if (grpc.status >= 0) {
    json["status"] = grpc.status;
    json["status_name"] = grpc.status_name;
  }
  if (!grpc.message.empty()) json["message"] = grpc.message;
  json["service"] = grpc.service;
  if (!grpc.serving_status.empty()) json["serving_status"] = grpc.serving_status;
  return json;
}

OrderedJson ToJson(const WebSocketEvidence& websocket) {
  OrderedJson json = OrderedJson::object();
  if (websocket.status != 0) json["status"] = websocket.status;
  if (!websocket.subprotocol.empty()) json["subprotocol"] = websocket.subprotocol;
  if (websocket.ping) json["ping"] = Seconds(*websocket.ping);
  if (!websocket.dialogue.empty()) json["dialogue"] = websocket.dialogue;
  if (!websocket.response.empty()) json["response"] = websocket.response;
  if (websocket.close_code) json["close_code"] = *websocket.close_code;
  if (!websocket.close_reason.empty()) json["close_reason"] = websocket.close_reason;
  return json;
}

OrderedJson ToJson(const HeartbeatEvidence& heartbeat) {
  OrderedJson json = OrderedJson::object();
  if (heartbeat.last_at) json["last_at"] = FormatRfc3339(*heartbeat.last_at);
  if (heartbeat.age) json["age"] = Seconds(*heartbeat.age);
  if (heartbeat.was_ok) json["status"] = *heartbeat.was_ok ? "ok" : "fail";
  if (heartbeat.job_duration) json["duration"] = Seconds(*heartbeat.job_duration);
  if (!heartbeat.job_message.empty()) json["message"] = heartbeat.job_message;
  json["every"] = Seconds(heartbeat.every);
  json["grace"] = Seconds(heartbeat.grace);
  return json;
}

OrderedJson ToJson(const ResolveEvidence& resolve) {
  OrderedJson json = OrderedJson::object();
  if (!resolve.server.empty()) json["server"] = resolve.server;
  json["cached"] = resolve.is_cached;
  if (!resolve.addresses.empty()) json["addresses"] = resolve.addresses;
  if (!resolve.notes.empty()) json["notes"] = resolve.notes;
  if (!resolve.https.empty()) json["https"] = resolve.https;
  return json;
}

/// Nothing to tell: a numeric host, or a check that resolved none.
bool IsBlank(const ResolveEvidence& resolve) {
  return resolve.server.empty() && !resolve.is_cached && resolve.notes.empty() &&
         resolve.https.empty();
}

OrderedJson ToJson(const ExpectResult& result) {
  OrderedJson json = {
      {"expression", result.expression}, {"pass", result.pass}, {"actual", result.actual}};
  if (result.warn) json["warn"] = true;
  if (!result.error.empty()) json["error"] = result.error;
  return json;
}

OrderedJson ToJson(const AttemptSummary& attempt) {
  OrderedJson json = {{"status", Name(attempt.status)}};
  if (attempt.reason != Reason::kNone) json["reason"] = Name(attempt.reason);
  if (attempt.phase) json["phase"] = Name(*attempt.phase);
  if (!attempt.message.empty()) json["message"] = attempt.message;
  json["duration"] = Seconds(attempt.duration);
  if (!attempt.address.empty()) json["address"] = attempt.address;
  if (!attempt.change.empty()) json["change"] = attempt.change;
  return json;
}

void PutVerdict(OrderedJson& json, const Observation& seen) {
  json["status"] = Name(seen.status);
  if (seen.reason == Reason::kNone) return;
  json["reason"] = Name(seen.reason);
  if (!seen.failed_step.empty()) {
    json["phase"] = "step:" + seen.failed_step;
  } else if (seen.phase) {
    json["phase"] = Name(*seen.phase);
  }
  json["blame"] = Name(seen.blame);
  json["message"] = seen.message;
}

void PutTimes(OrderedJson& json, const Observation& seen) {
  json["duration"] = Seconds(seen.duration);
  json["phases"] = ToJson(seen.phases);
  if (seen.address.empty()) return;
  json["address"] = seen.address;
  if (seen.port != 0) json["port"] = seen.port;
  json["family"] = Name(seen.family);
}

void PutEvidence(OrderedJson& json, const Observation& seen, bool verbose) {
  if (seen.resolve && !IsBlank(*seen.resolve)) json["resolve"] = ToJson(*seen.resolve);
  if (seen.http) json["http"] = ToJson(*seen.http, verbose);
  if (seen.tls) json["tls"] = ToJson(*seen.tls);
  if (seen.dns) json["dns"] = ToJson(*seen.dns);
  if (seen.tcp) json["tcp"] = ToJson(*seen.tcp);
  if (seen.icmp) json["icmp"] = ToJson(*seen.icmp);
  if (seen.grpc) json["grpc"] = ToJson(*seen.grpc);
  if (seen.websocket) json["websocket"] = ToJson(*seen.websocket);
  if (seen.heartbeat) json["heartbeat"] = ToJson(*seen.heartbeat);
  if (verbose && !seen.notes.empty()) json["notes"] = seen.notes;
  for (const auto& result : seen.expect) json["expect"].push_back(ToJson(result));
  if (!seen.captured.empty()) json["captured"] = seen.captured;
  for (const Observation& step : seen.steps) {
    OrderedJson row = {{"name", step.step}, {"target", step.target}};
    if (step.skipped.empty()) {
      PutVerdict(row, step);
      PutTimes(row, step);
      PutEvidence(row, step, verbose);
    } else {
      row["skipped"] = step.skipped;
    }
    json["steps"].push_back(std::move(row));
  }
  for (const Observation& one : seen.addresses) {
    OrderedJson row = OrderedJson::object();
    PutVerdict(row, one);
    PutTimes(row, one);
    PutEvidence(row, one, verbose);
    json["addresses"].push_back(std::move(row));
  }
}

}  // namespace

std::string ToJson(const Outcome& outcome, const JsonOptions& options) {
  const CheckIdentity& check = *outcome.check;
  OrderedJson json = {{"schema", "gaikei.outcome/1"}, {"check", check.name},
                      {"kind", check.kind},           {"region", outcome.region},
                      {"target", check.target},       {"labels", OrderedJson::object()}};
  for (const auto& [name, value] : check.labels) json["labels"][name] = value;
  json["scheduled_at"] = FormatRfc3339(outcome.scheduled_at);
  // A slot that never started was decided when it was due.
  const bool has_started = outcome.started_at != WallTime{};
  json["started_at"] = FormatRfc3339(has_started ? outcome.started_at : outcome.scheduled_at);
  PutVerdict(json, outcome);
  PutTimes(json, outcome);
  json["attempts"] = OrderedJson::array();
  for (const auto& attempt : outcome.attempts) json["attempts"].push_back(ToJson(attempt));
  if (!outcome.healed_by.empty()) json["healed_by"] = outcome.healed_by;
  json["counts"] = Name(outcome.counts());
  PutEvidence(json, outcome, options.verbose);
  json["prober"] = {{"loop_lag", Seconds(outcome.prober.loop_lag)},
                    {"in_flight", outcome.prober.in_flight}};
  if (!outcome.prober.unfit.empty()) json["prober"]["unfit"] = outcome.prober.unfit;
  return JsonText(json);
}

}  // namespace gaikei
