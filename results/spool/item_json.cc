#include "results/spool/item_json.h"

#include <variant>

#include "results/json.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// No text of ours is longer, but for the outcome as a whole.
constexpr std::size_t kTextLimit = 4096;

std::string Text(std::string_view text) { return Escape(text, kTextLimit); }

void PutText(OrderedJson& json, const char* name, std::string_view text) {
  if (!text.empty()) json[name] = Text(text);
}

OrderedJson PhasesOf(const Latest& latest) {
  OrderedJson phases = OrderedJson::object();
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (latest.phases[i]) {
      phases[std::string(Name(static_cast<Phase>(i)))] = Seconds(*latest.phases[i]);
    }
  }
  return phases;
}

OrderedJson ToJson(const Latest::Http& http) {
  OrderedJson json = {{"status", http.status},
                      {"version", http.version},
                      {"redirects", http.redirects},
                      {"size", http.size}};
  if (http.content_length != -1) json["content_length"] = http.content_length;
  if (http.last_modified) json["last_modified"] = FormatRfc3339(*http.last_modified);
  return json;
}

OrderedJson ToJson(const Latest::Dns& dns) {
  OrderedJson json = {
      {"answers", dns.answers}, {"authorities", dns.authorities}, {"additionals", dns.additionals}};
  if (dns.serial) json["serial"] = *dns.serial;
  return json;
}

OrderedJson ToJson(const Latest::Icmp& icmp) {
  OrderedJson json = {{"loss", icmp.loss}};
  if (icmp.rtt) json["rtt"] = Seconds(*icmp.rtt);
  if (icmp.ttl) json["ttl"] = *icmp.ttl;
  return json;
}

OrderedJson ToJson(const Latest::Grpc& grpc) {
  OrderedJson json = {{"status", grpc.status}};
  PutText(json, "serving_status", grpc.serving_status);
  return json;
}

OrderedJson ToJson(const Latest::Tls& tls) {
  OrderedJson json = OrderedJson::object();
  PutText(json, "version", tls.version);
  if (tls.expires_at) json["expires_at"] = FormatRfc3339(*tls.expires_at);
  if (tls.verified_expires_at) {
    json["verified_expires_at"] = FormatRfc3339(*tls.verified_expires_at);
  }
  if (tls.has_leaf) {
    json["leaf"] = {{"sha256", Text(tls.sha256)},
                    {"subject", Text(tls.subject)},
                    {"issuer", Text(tls.issuer)},
                    {"san", Text(tls.san)},
                    {"serial", Text(tls.serial)}};
  }
  return json;
}

OrderedJson ToJson(const std::vector<Latest::Step>& steps) {
  OrderedJson json = OrderedJson::array();
  for (const Latest::Step& step : steps) {
    json.push_back({{"name", Text(step.name)},
                    {"status", Name(step.status)},
                    {"duration", Seconds(step.duration)}});
  }
  return json;
}

OrderedJson Escaped(const OrderedJson& json) {
  if (json.is_string()) return Text(json.get_ref<const std::string&>());
  if (json.is_array()) {
    OrderedJson list = OrderedJson::array();
    for (const OrderedJson& part : json) list.push_back(Escaped(part));
    return list;
  }
  if (!json.is_object()) return json;
  OrderedJson object = OrderedJson::object();
  for (const auto& [name, value] : json.items()) object[Text(name)] = Escaped(value);
  return object;
}

/// The whole outcome as it was written down; the text itself where it is no JSON, or too deep.
OrderedJson OutcomeOf(const std::string& text) {
  constexpr int kDepth = 32;
  bool is_shallow = true;
  const auto look = [&](int depth, OrderedJson::parse_event_t, const OrderedJson&) {
    is_shallow = is_shallow && depth <= kDepth;
    return is_shallow;
  };
  const OrderedJson outcome = ParseOrderedJson(text, look);
  return outcome.is_discarded() || !is_shallow ? OrderedJson(Text(text)) : Escaped(outcome);
}

void PutSeen(OrderedJson& json, const Latest& latest) {
  if (latest.family != Family::kAuto) json["family"] = Name(latest.family);
  if (latest.http) json["http"] = ToJson(*latest.http);
  if (latest.dns) json["dns"] = ToJson(*latest.dns);
  if (latest.icmp) json["icmp"] = ToJson(*latest.icmp);
  if (latest.grpc) json["grpc"] = ToJson(*latest.grpc);
  if (latest.websocket_status != 0) json["websocket"] = {{"status", latest.websocket_status}};
  if (latest.tls) json["tls"] = ToJson(*latest.tls);
  if (latest.steps) json["steps"] = ToJson(*latest.steps);
}

void Put(OrderedJson& json, const Sample& sample) {
  const Latest& latest = sample.latest;
  json["scheduled_at"] = FormatRfc3339(sample.scheduled_at);
  if (latest.has_started) json["started_at"] = FormatRfc3339(sample.started_at);
  json["at"] = FormatRfc3339(sample.at);
  json["status"] = Name(latest.status);
  json["counts"] = Name(sample.counts);
  if (sample.reason != Reason::kNone) {
    json["reason"] = Name(sample.reason);
    json["blame"] = Name(sample.blame);
  }
  PutText(json, "phase", sample.phase);
  PutText(json, "message", sample.message);
  json["duration"] = Seconds(latest.duration);
  json["phases"] = PhasesOf(latest);
  PutText(json, "address", sample.address);
  if (sample.port != 0) json["port"] = sample.port;
  PutText(json, "trace_id", sample.trace_id);
  PutSeen(json, latest);
  if (!sample.json.empty()) json["outcome"] = OutcomeOf(sample.json);
}

OrderedJson SpansOf(const ExponentialHistogram& spans) {
  OrderedJson json = {{"count", spans.Total()}, {"sum", Seconds(spans.sum)}};
  if (spans.Total() == 0) return json;
  json["min"] = Seconds(spans.min);
  json["max"] = Seconds(spans.max);
  json["p50"] = spans.Quantile(0.5);
  json["p95"] = spans.Quantile(0.95);
  json["p99"] = spans.Quantile(0.99);
  return json;
}

void Put(OrderedJson& json, const Rollup& rollup) {
  json["from"] = FormatRfc3339(rollup.from);
  json["at"] = FormatRfc3339(rollup.at);
  json["samples"] = rollup.samples;
  json["good"] = rollup.good;
  json["bad"] = rollup.bad;
  json["missing"] = rollup.missing;
  json["outcomes"] = OrderedJson::array();
  for (const Tally::Outcomes& row : rollup.tally.outcomes) {
    OrderedJson count = {{"status", Name(row.status)}};
    if (row.reason != Reason::kNone) count["reason"] = Name(row.reason);
    count["count"] = row.count;
    json["outcomes"].push_back(std::move(count));
  }
  json["duration"] = SpansOf(rollup.exponential.duration);
  json["phases"] = OrderedJson::object();
  for (const auto& row : rollup.exponential.phases) {
    json["phases"][std::string(Name(row.phase))] = SpansOf(row.spans);
  }
}

void Put(OrderedJson& json, const Departure& departure) {
  json["at"] = FormatRfc3339(departure.at);
}

const char* KindOf(const SpoolItem& item) {
  if (std::holds_alternative<Sample>(item.content)) return "sample";
  return std::holds_alternative<Rollup>(item.content) ? "rollup" : "departure";
}

}  // namespace

std::string ToJson(const SpoolItem& item) {
  const SampleSeries& series = item.series();
  OrderedJson json = {{"schema", "gaikei.spooled/1"},      {"item", KindOf(item)},
                      {"sequence", item.sequence},         {"end", item.end},
                      {"check", Text(series.check->name)}, {"kind", Text(series.check->kind)},
                      {"region", Text(series.region)},     {"target", Text(series.check->target)}};
  if (!series.check->labels.empty()) {
    json["labels"] = OrderedJson::object();
    for (const auto& [name, value] : series.check->labels) json["labels"][Text(name)] = Text(value);
  }
  std::visit([&](const auto& content) { Put(json, content); }, item.content);
  return JsonText(json);
}

}  // namespace gaikei
