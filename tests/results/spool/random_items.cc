#include "random_items.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <utility>

namespace gaikei::testing {
namespace {

std::string TextOf(std::int64_t number) { return fmt::format("{}", number); }
std::string TextOf(Span span) { return TextOf(span.count()); }
std::string TextOf(WallTime time) { return TextOf(time.time_since_epoch()); }
std::string TextOf(std::uint32_t number) { return fmt::format("{}", number); }
/// To the bit.
std::string TextOf(double number) {
  return fmt::format("{}", std::bit_cast<std::uint64_t>(number));
}

/// So that no two texts beside each other look like two others.
std::string Quoted(const std::string& text) { return fmt::format("{}:{}", text.size(), text); }

template <class T>
std::string TextOf(const std::optional<T>& value) {
  return value ? TextOf(*value) : "-";
}

std::string Describe(const Latest& latest) {
  std::string out = fmt::format("{} started={} family={} duration={} websocket={}",
                                Name(latest.status), latest.has_started, Name(latest.family),
                                latest.duration.count(), latest.websocket_status);
  for (const auto& phase : latest.phases) out += " phase=" + TextOf(phase);
  if (latest.http) {
    const auto& http = *latest.http;
    out += fmt::format(" http={},{},{},{},{},{}", http.status, TextOf(http.version), http.redirects,
                       TextOf(http.content_length), http.size, TextOf(http.last_modified));
  }
  if (latest.dns) {
    const auto& dns = *latest.dns;
    out += fmt::format(" dns={},{},{},{}", dns.answers, dns.authorities, dns.additionals,
                       TextOf(dns.serial));
  }
  if (latest.icmp) {
    const auto& icmp = *latest.icmp;
    out += fmt::format(" icmp={},{},{}", TextOf(icmp.loss), TextOf(icmp.rtt), TextOf(icmp.ttl));
  }
  if (latest.grpc) {
    out += fmt::format(" grpc={},{}", latest.grpc->status, Quoted(latest.grpc->serving_status));
  }
  if (latest.tls) {
    const auto& tls = *latest.tls;
    out +=
        fmt::format(" tls={},{},{},{},{},{},{},{},{}", Quoted(tls.version), TextOf(tls.expires_at),
                    TextOf(tls.verified_expires_at), tls.has_leaf, Quoted(tls.sha256),
                    Quoted(tls.subject), Quoted(tls.issuer), Quoted(tls.san), Quoted(tls.serial));
  }
  if (latest.steps) {
    for (const auto& step : *latest.steps) {
      out += fmt::format(" step={},{},{}", Quoted(step.name), Name(step.status),
                         step.duration.count());
    }
  }
  return out;
}

std::string Describe(const Sample& sample) {
  return fmt::format("sample {} {} {} {} {} {} {} {} {} {} {} {} {}", TextOf(sample.scheduled_at),
                     TextOf(sample.started_at), TextOf(sample.at), Name(sample.reason),
                     Name(sample.counts), Quoted(sample.phase), Name(sample.blame),
                     Quoted(sample.message), Quoted(sample.address), sample.port,
                     Quoted(sample.trace_id), Quoted(sample.json), Describe(sample.latest));
}

std::string Describe(const Rollup& rollup) {
  return fmt::format("rollup {} {} {} {} {} {} {} {}", TextOf(rollup.from), TextOf(rollup.at),
                     rollup.samples, rollup.good, rollup.bad, rollup.missing, rollup.tally.Encode(),
                     Quoted(rollup.exponential.Encode()));
}

std::string Describe(const Departure& departure) {
  return fmt::format("departure {}", TextOf(departure.at));
}

}  // namespace

std::string Describe(const SpoolItem& item) {
  return fmt::format(
      "{}..{} series {} {}", item.sequence, item.end, item.series().id,
      std::visit([](const auto& content) { return Describe(content); }, item.content));
}

RandomItems::RandomItems(std::uint64_t seed) : engine_(seed) {}

std::shared_ptr<const SampleSeries> RandomItems::Series(std::int64_t id) {
  auto& series = series_[id];
  if (!series) {
    auto check = std::make_shared<CheckIdentity>();
    check->name = fmt::format("check{}", id);
    check->kind = "http";
    check->target = fmt::format("https://{}.example/", id);
    series = std::make_shared<const SampleSeries>(SampleSeries{id, std::move(check), "local"});
  }
  return series;
}

SeriesLookup RandomItems::Lookup() {
  return [this](std::int64_t id) {
    const auto found = series_.find(id);
    return found == series_.end() ? nullptr : found->second;
  };
}

std::int64_t RandomItems::Integer() {
  const auto bits = engine_() >> Number(64);
  return static_cast<std::int64_t>(Coin() ? bits : ~bits + 1);
}

double RandomItems::Real() {
  switch (Number(4)) {
    case 0:
      return 0;
    case 1:
      return -1;
    case 2:
      return static_cast<double>(Integer());
    default:
      return std::bit_cast<double>(engine_());
  }
}

std::string RandomItems::Text() {
  std::string text(Coin() ? 0 : Number(20), '\0');
  for (char& c : text) c = static_cast<char>(Number(256));
  return text;
}

std::string RandomItems::Hex() {
  if (Number(4) == 0) return Text();
  std::string text(Number(40), '\0');
  for (char& c : text) c = "0123456789abcdef"[Number(16)];
  return text;
}

Latest RandomItems::MakeLatest() {
  Latest latest;
  latest.status = static_cast<Status>(Number(4));
  latest.has_started = Coin();
  latest.family = static_cast<Family>(Number(3));
  latest.duration = Span(Integer());
  for (auto& phase : latest.phases) {
    if (Coin()) phase = Span(Integer());
  }
  if (Coin()) {
    auto& http = latest.http.emplace();
    http.status = static_cast<int>(Integer());
    http.version = Real();
    http.redirects = static_cast<std::size_t>(Integer());
    http.content_length = Real();
    http.size = static_cast<std::uint64_t>(Integer());
    if (Coin()) http.last_modified = Time();
  }
  if (Coin()) {
    auto& dns = latest.dns.emplace();
    dns.answers = static_cast<unsigned>(Integer());
    dns.authorities = static_cast<unsigned>(Integer());
    dns.additionals = static_cast<unsigned>(Integer());
    if (Coin()) dns.serial = static_cast<std::uint32_t>(Integer());
  }
  if (Coin()) {
    auto& icmp = latest.icmp.emplace();
    icmp.loss = Real();
    if (Coin()) icmp.rtt = Span(Integer());
    if (Coin()) icmp.ttl = static_cast<unsigned>(Integer());
  }
  if (Coin()) latest.grpc = {static_cast<int>(Integer()), Text()};
  if (Coin()) latest.websocket_status = static_cast<int>(Integer());
  if (Coin()) {
    auto tls = std::make_unique<Latest::Tls>();
    tls->version = Text();
    if (Coin()) tls->expires_at = Time();
    if (Coin()) tls->verified_expires_at = Time();
    tls->has_leaf = Coin();
    tls->sha256 = Hex();
    tls->subject = Text();
    tls->issuer = Text();
    tls->san = Text();
    tls->serial = Hex();
    latest.tls = std::move(tls);
  }
  if (Coin()) {
    auto steps = std::make_unique<std::vector<Latest::Step>>();
    for (std::size_t i = 0; i < 1 + Number(4); ++i) {
      steps->push_back({Text(), static_cast<Status>(Number(4)), Span(Integer())});
    }
    latest.steps = std::move(steps);
  }
  return latest;
}

Sample RandomItems::MakeSample() {
  Sample sample;
  sample.scheduled_at = Time();
  sample.started_at = Time();
  sample.at = Time();
  const auto reasons = AllReasons();
  if (Coin()) sample.reason = reasons[Number(reasons.size())];
  sample.counts = static_cast<Counts>(Number(3));
  sample.phase = Text();
  sample.blame = static_cast<Blame>(Number(5));
  sample.message = Text();
  sample.address = Text();
  sample.port = static_cast<std::uint16_t>(Integer());
  sample.trace_id = Hex();
  sample.latest = MakeLatest();
  sample.json = Text();
  return sample;
}

Rollup RandomItems::MakeRollup() {
  Rollup rollup;
  rollup.from = Time();
  rollup.at = Time();
  rollup.samples = static_cast<std::uint64_t>(Integer());
  rollup.good = static_cast<std::uint64_t>(Integer());
  rollup.bad = static_cast<std::uint64_t>(Integer());
  rollup.missing = static_cast<std::uint64_t>(Integer());
  const auto reasons = AllReasons();
  for (std::size_t i = 0; i < Number(20); ++i) {
    // Sums of spans have to stay within what a span can hold.
    std::array<std::optional<Span>, kPhaseCount> phases;
    for (auto& phase : phases) {
      if (Coin()) phase = Span(Number(100'000'000'000));
    }
    const auto status = static_cast<Status>(Number(4));
    const Reason reason = Coin() ? Reason::kNone : reasons[Number(reasons.size())];
    const Span duration(Number(100'000'000'000));
    rollup.tally.Add(status, reason, duration, phases);
    rollup.exponential.Add(status, reason, duration, phases);
  }
  return rollup;
}

std::vector<SpoolItem> RandomItems::Make(std::size_t count) {
  std::vector<SpoolItem> items;
  for (std::size_t i = 0; i < count; ++i) {
    const auto series = Series(1 + static_cast<std::int64_t>(Number(5)));
    const std::uint64_t kind = Number(4);
    SpoolItem item;
    item.sequence = next_;
    item.end = next_ + 1;
    if (kind == 0) {
      item.end += Number(1'000'000);
      item.content = MakeRollup();
    } else if (kind == 1) {
      item.content = Departure{nullptr, Time()};
    } else {
      item.content = MakeSample();
    }
    next_ = item.end;
    std::visit([&](auto& content) { content.series = series; }, item.content);
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<SpoolItem> RandomItems::MakePlausible(std::size_t count, std::size_t series) {
  std::vector<SpoolItem> items;
  WallTime now = WallTime(std::chrono::seconds(1'800'000'000));
  for (std::size_t i = 0; i < count; ++i) {
    now += std::chrono::milliseconds(Number(5'000));
    Sample sample = MakeSample();
    sample.series = Series(1 + static_cast<std::int64_t>(Number(series)));
    sample.scheduled_at = now;
    sample.latest.has_started = true;
    sample.latest.duration = Span(Number(20'000'000'000));
    for (auto& phase : sample.latest.phases) {
      if (phase) phase = Span(Number(2'000'000'000));
    }
    sample.started_at = now + std::chrono::microseconds(Number(2'000));
    sample.at = sample.started_at + sample.latest.duration;
    items.push_back({next_, next_ + 1, std::move(sample)});
    ++next_;
  }
  return items;
}

}  // namespace gaikei::testing
