#include <protozero/pbf_writer.hpp>
#include <string_view>

#include "results/spool/sample_codec.h"
#include "results/spool/sample_wire.h"

namespace gaikei {
namespace {

using namespace sample_wire;  // NOLINT(google-build-using-namespace): its other half
using Writer = protozero::pbf_writer;

template <class Tag>
constexpr protozero::pbf_tag_type Number(Tag tag) {
  return static_cast<protozero::pbf_tag_type>(tag);
}

template <class Enum, std::size_t n>
std::uint32_t NumberOf(const std::array<Enum, n>& list, Enum value) {
  std::uint32_t number = 0;
  while (number + 1 < n && list[number] != value) ++number;
  return number;
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Empty where the text is no lower-case hexadecimal number of whole bytes.
std::string FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return "";
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = DigitOf(text[i]);
    const int low = DigitOf(text[i + 1]);
    if (high < 0 || low < 0) return "";
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

template <class Tag>
void AddText(Writer& out, Tag tag, std::string_view text) {
  if (!text.empty()) out.add_string(Number(tag), text.data(), text.size());
}

template <class Tag>
void AddHex(Writer& out, Tag as_bytes, Tag as_text, const std::string& text) {
  const std::string bytes = FromHex(text);
  AddText(out, bytes.empty() ? as_text : as_bytes, bytes.empty() ? text : bytes);
}

template <class Tag>
void AddNumber(Writer& out, Tag tag, std::uint64_t number) {
  if (number != 0) out.add_uint64(Number(tag), number);
}

template <class Tag>
void AddDifference(Writer& out, Tag tag, std::int64_t difference) {
  if (difference != 0) out.add_sint64(Number(tag), difference);
}

void Add(Writer& item, const Latest::Http& http) {
  Writer out(item, Number(SampleTag::kHttp));
  out.add_sint32(Number(HttpTag::kStatus), http.status);
  out.add_double(Number(HttpTag::kVersion), http.version);
  AddNumber(out, HttpTag::kRedirects, http.redirects);
  if (http.content_length != -1) {
    out.add_double(Number(HttpTag::kContentLength), http.content_length);
  }
  AddNumber(out, HttpTag::kSize, http.size);
  if (http.last_modified) {
    out.add_sint64(Number(HttpTag::kLastModified), Nanoseconds(*http.last_modified));
  }
}

void Add(Writer& item, const Latest::Dns& dns) {
  Writer out(item, Number(SampleTag::kDns));
  out.add_uint32(Number(DnsTag::kAnswers), dns.answers);
  AddNumber(out, DnsTag::kAuthorities, dns.authorities);
  AddNumber(out, DnsTag::kAdditionals, dns.additionals);
  if (dns.serial) out.add_uint32(Number(DnsTag::kSerial), *dns.serial);
}

void Add(Writer& item, const Latest::Icmp& icmp) {
  Writer out(item, Number(SampleTag::kIcmp));
  out.add_double(Number(IcmpTag::kLoss), icmp.loss);
  if (icmp.rtt) out.add_sint64(Number(IcmpTag::kRtt), icmp.rtt->count());
  if (icmp.ttl) out.add_uint32(Number(IcmpTag::kTtl), *icmp.ttl);
}

void Add(Writer& item, const Latest::Grpc& grpc) {
  Writer out(item, Number(SampleTag::kGrpc));
  out.add_sint32(Number(GrpcTag::kStatus), grpc.status);
  AddText(out, GrpcTag::kServingStatus, grpc.serving_status);
}

void Add(Writer& item, const Latest::Tls& tls) {
  Writer out(item, Number(SampleTag::kTls));
  out.add_bool(Number(TlsTag::kHasLeaf), tls.has_leaf);
  AddText(out, TlsTag::kVersion, tls.version);
  if (tls.expires_at) out.add_sint64(Number(TlsTag::kExpiresAt), Nanoseconds(*tls.expires_at));
  if (tls.verified_expires_at) {
    out.add_sint64(Number(TlsTag::kVerifiedExpiresAt), Nanoseconds(*tls.verified_expires_at));
  }
  AddHex(out, TlsTag::kSha256, TlsTag::kSha256Text, tls.sha256);
  AddText(out, TlsTag::kSubject, tls.subject);
  AddText(out, TlsTag::kIssuer, tls.issuer);
  AddText(out, TlsTag::kSan, tls.san);
  AddHex(out, TlsTag::kSerial, TlsTag::kSerialText, tls.serial);
}

void Add(Writer& item, const Latest::Step& step) {
  Writer out(item, Number(SampleTag::kStep));
  out.add_uint32(Number(StepTag::kStatus), NumberOf(kStatuses, step.status));
  AddText(out, StepTag::kName, step.name);
  AddDifference(out, StepTag::kDuration, step.duration.count());
}

void Add(Writer& out, const Latest& latest) {
  AddDifference(out, SampleTag::kDuration, latest.duration.count());
  {
    Writer phases(out, Number(SampleTag::kPhases));
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
      const auto& spent = latest.phases[static_cast<std::size_t>(kPhases[i])];
      if (spent) phases.add_sint64(static_cast<protozero::pbf_tag_type>(i + 1), spent->count());
    }
  }
  AddNumber(out, SampleTag::kFamily, NumberOf(kFamilies, latest.family));
  AddNumber(out, SampleTag::kStatus, NumberOf(kStatuses, latest.status));
  if (!latest.has_started) out.add_bool(Number(SampleTag::kNeverStarted), true);
  if (latest.http) Add(out, *latest.http);
  if (latest.dns) Add(out, *latest.dns);
  if (latest.icmp) Add(out, *latest.icmp);
  if (latest.grpc) Add(out, *latest.grpc);
  if (latest.websocket_status != 0) {
    out.add_sint32(Number(SampleTag::kWebSocketStatus), latest.websocket_status);
  }
  if (latest.tls) Add(out, *latest.tls);
  if (latest.steps) {
    for (const Latest::Step& step : *latest.steps) Add(out, step);
  }
}

void AddPosition(Writer& out, const SpoolItem& item, Before before) {
  out.add_uint64(Number(SampleTag::kSeries), static_cast<std::uint64_t>(item.series().id));
  AddDifference(out, SampleTag::kSequence, static_cast<std::int64_t>(item.sequence - before.end));
  const Sequence width = item.end - item.sequence;
  if (width != 1) out.add_uint64(Number(SampleTag::kWidth), width);
}

void Add(Writer& all, const SpoolItem& item, const Sample& sample, Before before) {
  Writer out(all, Number(ItemTag::kSample));
  AddPosition(out, item, before);
  const std::int64_t scheduled = Nanoseconds(sample.scheduled_at);
  const std::int64_t started = Nanoseconds(sample.started_at);
  const Latest& latest = sample.latest;
  AddDifference(out, SampleTag::kScheduled, Minus(scheduled, before.at));
  AddDifference(out, SampleTag::kStarted, Minus(started, scheduled));
  AddDifference(out, SampleTag::kAt,
                Minus(Nanoseconds(sample.at),
                      OverByRule(latest.has_started, scheduled, started, latest.duration)));
  Add(out, latest);
  AddText(out, SampleTag::kReason, Name(sample.reason));
  AddNumber(out, SampleTag::kCounts, NumberOf(kCounts, sample.counts));
  AddText(out, SampleTag::kPhase, sample.phase);
  AddNumber(out, SampleTag::kBlame, NumberOf(kBlames, sample.blame));
  AddText(out, SampleTag::kMessage, sample.message);
  AddText(out, SampleTag::kAddress, sample.address);
  AddNumber(out, SampleTag::kPort, sample.port);
  AddHex(out, SampleTag::kTraceId, SampleTag::kTraceIdText, sample.trace_id);
  AddText(out, SampleTag::kJson, sample.json);
}

void Add(Writer& all, const SpoolItem& item, const Rollup& rollup, Before before) {
  Writer out(all, Number(ItemTag::kRollup));
  AddPosition(out, item, before);
  AddDifference(out, SampleTag::kScheduled, Minus(Nanoseconds(rollup.from), before.at));
  AddDifference(out, SampleTag::kAt, Minus(Nanoseconds(rollup.at), Nanoseconds(rollup.from)));
  AddNumber(out, RollupTag::kSamples, rollup.samples);
  AddNumber(out, RollupTag::kGood, rollup.good);
  AddNumber(out, RollupTag::kBad, rollup.bad);
  AddNumber(out, RollupTag::kMissing, rollup.missing);
  AddText(out, RollupTag::kTally, rollup.tally.Encode());
  AddText(out, RollupTag::kExponential, rollup.exponential.Encode());
}

void Add(Writer& all, const SpoolItem& item, const Departure& departure, Before before) {
  Writer out(all, Number(ItemTag::kDeparture));
  AddPosition(out, item, before);
  AddDifference(out, SampleTag::kScheduled, Minus(Nanoseconds(departure.at), before.at));
}

}  // namespace

std::string EncodeItems(std::span<const SpoolItem> items) {
  std::string out;
  Writer writer(out);
  Before before;
  for (const SpoolItem& item : items) {
    std::visit([&](const auto& content) { Add(writer, item, content, before); }, item.content);
    before = {item.end, Nanoseconds(item.at())};
  }
  return out;
}

}  // namespace gaikei
