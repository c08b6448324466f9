#include <memory>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "results/spool/sample_codec.h"
#include "results/spool/sample_wire.h"

namespace gaikei {
namespace {

using namespace sample_wire;  // NOLINT(google-build-using-namespace): its other half
using protozero::pbf_wire_type;
using protozero::tag_and_type;

/// False, and nothing changed, where no enumerator has that number.
template <class Enum, std::size_t n>
bool SetTo(Enum& value, const std::array<Enum, n>& list, std::uint32_t number) {
  if (number >= n) return false;
  value = list[number];
  return true;
}

std::string ToHex(protozero::data_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : std::string_view(bytes.data(), bytes.size())) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 15U]);
  }
  return text;
}

// What has another wire type than it should is passed over as if it were of a later version.
// Lengths are checked by the reader, which throws.

template <class Tag>
constexpr std::uint32_t Varint(Tag tag) {
  return tag_and_type(tag, pbf_wire_type::varint);
}
template <class Tag>
constexpr std::uint32_t Bytes(Tag tag) {
  return tag_and_type(tag, pbf_wire_type::length_delimited);
}
template <class Tag>
constexpr std::uint32_t Fixed(Tag tag) {
  return tag_and_type(tag, pbf_wire_type::fixed64);
}

std::array<std::optional<Span>, kPhaseCount> ReadPhases(protozero::pbf_reader in) {
  std::array<std::optional<Span>, kPhaseCount> phases;
  while (in.next()) {
    const auto tag = in.tag();
    if (tag == 0 || tag > kPhases.size() || in.wire_type() != pbf_wire_type::varint) {
      in.skip();
    } else {
      phases[static_cast<std::size_t>(kPhases[tag - 1])] = Span(in.get_sint64());
    }
  }
  return phases;
}

Latest::Http ReadHttp(protozero::pbf_reader in) {
  Latest::Http http;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case Varint(HttpTag::kStatus):
        http.status = in.get_sint32();
        break;
      case Fixed(HttpTag::kVersion):
        http.version = in.get_double();
        break;
      case Varint(HttpTag::kRedirects):
        http.redirects = in.get_uint64();
        break;
      case Fixed(HttpTag::kContentLength):
        http.content_length = in.get_double();
        break;
      case Varint(HttpTag::kSize):
        http.size = in.get_uint64();
        break;
      case Varint(HttpTag::kLastModified):
        http.last_modified = TimeOf(in.get_sint64());
        break;
      default:
        in.skip();
    }
  }
  return http;
}

Latest::Dns ReadDns(protozero::pbf_reader in) {
  Latest::Dns dns;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case Varint(DnsTag::kAnswers):
        dns.answers = in.get_uint32();
        break;
      case Varint(DnsTag::kAuthorities):
        dns.authorities = in.get_uint32();
        break;
      case Varint(DnsTag::kAdditionals):
        dns.additionals = in.get_uint32();
        break;
      case Varint(DnsTag::kSerial):
        dns.serial = in.get_uint32();
        break;
      default:
        in.skip();
    }
  }
  return dns;
}

Latest::Icmp ReadIcmp(protozero::pbf_reader in) {
  Latest::Icmp icmp;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case Fixed(IcmpTag::kLoss):
        icmp.loss = in.get_double();
        break;
      case Varint(IcmpTag::kRtt):
        icmp.rtt = Span(in.get_sint64());
        break;
      case Varint(IcmpTag::kTtl):
        icmp.ttl = in.get_uint32();
        break;
      default:
        in.skip();
    }
  }
  return icmp;
}

Latest::Grpc ReadGrpc(protozero::pbf_reader in) {
  Latest::Grpc grpc;
  while (in.next()) {
    switch (in.tag_and_type()) {
      case Varint(GrpcTag::kStatus):
        grpc.status = in.get_sint32();
        break;
      case Bytes(GrpcTag::kServingStatus):
        grpc.serving_status = in.get_string();
        break;
      default:
        in.skip();
    }
  }
  return grpc;
}

std::unique_ptr<const Latest::Tls> ReadTls(protozero::pbf_reader in) {
  auto tls = std::make_unique<Latest::Tls>();
  while (in.next()) {
    switch (in.tag_and_type()) {
      case Varint(TlsTag::kHasLeaf):
        tls->has_leaf = in.get_bool();
        break;
      case Bytes(TlsTag::kVersion):
        tls->version = in.get_string();
        break;
      case Varint(TlsTag::kExpiresAt):
        tls->expires_at = TimeOf(in.get_sint64());
        break;
      case Varint(TlsTag::kVerifiedExpiresAt):
        tls->verified_expires_at = TimeOf(in.get_sint64());
        break;
      case Bytes(TlsTag::kSha256):
        tls->sha256 = ToHex(in.get_view());
        break;
      case Bytes(TlsTag::kSha256Text):
        tls->sha256 = in.get_string();
        break;
      case Bytes(TlsTag::kSubject):
        tls->subject = in.get_string();
        break;
      case Bytes(TlsTag::kIssuer):
        tls->issuer = in.get_string();
        break;
      case Bytes(TlsTag::kSan):
        tls->san = in.get_string();
        break;
      case Bytes(TlsTag::kSerial):
        tls->serial = ToHex(in.get_view());
        break;
      case Bytes(TlsTag::kSerialText):
        tls->serial = in.get_string();
        break;
      default:
        in.skip();
    }
  }
  return tls;
}

/// False where it holds what no version has written.
bool ReadStep(protozero::pbf_reader in, Latest::Step& step) {
  while (in.next()) {
    switch (in.tag_and_type()) {
      case Varint(StepTag::kStatus):
        if (!SetTo(step.status, kStatuses, in.get_uint32())) return false;
        break;
      case Bytes(StepTag::kName):
        step.name = in.get_string();
        break;
      case Varint(StepTag::kDuration):
        step.duration = Span(in.get_sint64());
        break;
      default:
        in.skip();
    }
  }
  return true;
}

/// Where an item stands, as differences.
struct Position {
  std::int64_t series = 0;
  std::int64_t sequence = 0;
  std::uint64_t width = 1;
  std::int64_t scheduled = 0;
  std::int64_t started = 0;
  std::int64_t at = 0;

  /// Takes a field that every kind of item has; false, and nothing taken, where it is another.
  bool Take(protozero::pbf_reader& in) {
    switch (in.tag_and_type()) {
      case Varint(SampleTag::kSeries):
        series = in.get_int64();
        return true;
      case Varint(SampleTag::kSequence):
        sequence = in.get_sint64();
        return true;
      case Varint(SampleTag::kWidth):
        width = in.get_uint64();
        return true;
      case Varint(SampleTag::kScheduled):
        scheduled = in.get_sint64();
        return true;
      case Varint(SampleTag::kStarted):
        started = in.get_sint64();
        return true;
      case Varint(SampleTag::kAt):
        at = in.get_sint64();
        return true;
      default:
        return false;
    }
  }
};

/// Reads the items, one after the other.
class Decoder {
 public:
  explicit Decoder(const SeriesLookup& lookup) : lookup_(lookup) {}

  /// False where the bytes are not ours. Throws what protozero throws.
  bool Read(protozero::pbf_reader all) {
    while (all.next()) {
      bool is_right = true;
      switch (all.tag_and_type()) {
        case Bytes(ItemTag::kSample):
          is_right = ReadSample(all.get_message());
          break;
        case Bytes(ItemTag::kRollup):
          is_right = ReadRollup(all.get_message());
          break;
        case Bytes(ItemTag::kDeparture):
          is_right = ReadDeparture(all.get_message());
          break;
        default:
          all.skip();
      }
      if (!is_right) return false;
    }
    return true;
  }

  std::vector<SpoolItem> Take() { return std::move(items_); }

 private:
  bool ReadSample(protozero::pbf_reader in);
  bool ReadRollup(protozero::pbf_reader in);
  bool ReadDeparture(protozero::pbf_reader in);

  template <class Content>
  Content& Begin() {
    return std::get<Content>(items_.emplace_back(SpoolItem{0, 0, Content{}}).content);
  }

  /// Fills in whose the last item is and where it stands. False where the series is not known.
  template <class Content>
  bool End(Content& content, const Position& position) {
    content.series = lookup_(position.series);
    if (!content.series) return false;
    SpoolItem& item = items_.back();
    item.sequence = before_.end + static_cast<std::uint64_t>(position.sequence);
    item.end = item.sequence + position.width;
    before_ = {item.end, Nanoseconds(content.at)};
    return true;
  }

  const SeriesLookup& lookup_;
  std::vector<SpoolItem> items_;
  Before before_;
};

bool Decoder::ReadSample(protozero::pbf_reader in) {
  auto& sample = Begin<Sample>();
  Latest& latest = sample.latest;
  latest.status = kStatuses.front();
  latest.has_started = true;
  sample.counts = kCounts.front();
  Position position;
  std::vector<Latest::Step> steps;
  while (in.next()) {
    if (position.Take(in)) continue;
    switch (in.tag_and_type()) {
      case Varint(SampleTag::kDuration):
        latest.duration = Span(in.get_sint64());
        break;
      case Bytes(SampleTag::kPhases):
        latest.phases = ReadPhases(in.get_message());
        break;
      case Varint(SampleTag::kFamily):
        if (!SetTo(latest.family, kFamilies, in.get_uint32())) return false;
        break;
      case Bytes(SampleTag::kAddress):
        sample.address = in.get_string();
        break;
      case Varint(SampleTag::kPort):
        sample.port = static_cast<std::uint16_t>(in.get_uint32());
        break;
      case Bytes(SampleTag::kTraceId):
        sample.trace_id = ToHex(in.get_view());
        break;
      case Bytes(SampleTag::kTraceIdText):
        sample.trace_id = in.get_string();
        break;
      case Bytes(SampleTag::kHttp):
        latest.http = ReadHttp(in.get_message());
        break;
      case Varint(SampleTag::kStatus):
        if (!SetTo(latest.status, kStatuses, in.get_uint32())) return false;
        break;
      case Bytes(SampleTag::kReason): {
        const auto name = in.get_view();
        const auto reason = ParseReason({name.data(), name.size()});
        if (!reason) return false;
        sample.reason = *reason;
        break;
      }
      case Varint(SampleTag::kCounts):
        if (!SetTo(sample.counts, kCounts, in.get_uint32())) return false;
        break;
      case Bytes(SampleTag::kPhase):
        sample.phase = in.get_string();
        break;
      case Varint(SampleTag::kBlame):
        if (!SetTo(sample.blame, kBlames, in.get_uint32())) return false;
        break;
      case Bytes(SampleTag::kMessage):
        sample.message = in.get_string();
        break;
      case Varint(SampleTag::kNeverStarted):
        latest.has_started = !in.get_bool();
        break;
      case Bytes(SampleTag::kDns):
        latest.dns = ReadDns(in.get_message());
        break;
      case Bytes(SampleTag::kIcmp):
        latest.icmp = ReadIcmp(in.get_message());
        break;
      case Bytes(SampleTag::kGrpc):
        latest.grpc = ReadGrpc(in.get_message());
        break;
      case Varint(SampleTag::kWebSocketStatus):
        latest.websocket_status = in.get_sint32();
        break;
      case Bytes(SampleTag::kTls):
        latest.tls = ReadTls(in.get_message());
        break;
      case Bytes(SampleTag::kStep):
        if (!ReadStep(in.get_message(), steps.emplace_back())) return false;
        break;
      case Bytes(SampleTag::kJson):
        sample.json = in.get_string();
        break;
      default:
        in.skip();
    }
  }
  if (!steps.empty()) {
    latest.steps = std::make_unique<const std::vector<Latest::Step>>(std::move(steps));
  }
  const std::int64_t scheduled = Plus(before_.at, position.scheduled);
  const std::int64_t started = Plus(scheduled, position.started);
  sample.scheduled_at = TimeOf(scheduled);
  sample.started_at = TimeOf(started);
  sample.at = TimeOf(
      Plus(OverByRule(latest.has_started, scheduled, started, latest.duration), position.at));
  return End(sample, position);
}

bool Decoder::ReadRollup(protozero::pbf_reader in) {
  auto& rollup = Begin<Rollup>();
  Position position;
  while (in.next()) {
    if (position.Take(in)) continue;
    switch (in.tag_and_type()) {
      case Varint(RollupTag::kSamples):
        rollup.samples = in.get_uint64();
        break;
      case Varint(RollupTag::kGood):
        rollup.good = in.get_uint64();
        break;
      case Varint(RollupTag::kBad):
        rollup.bad = in.get_uint64();
        break;
      case Varint(RollupTag::kMissing):
        rollup.missing = in.get_uint64();
        break;
      case Bytes(RollupTag::kTally): {
        const auto text = in.get_view();
        auto tally = Tally::Decode({text.data(), text.size()});
        if (!tally) return false;
        rollup.tally = std::move(*tally);
        break;
      }
      case Bytes(RollupTag::kExponential): {
        const auto bytes = in.get_view();
        auto exponential = ExponentialTally::Decode({bytes.data(), bytes.size()});
        if (!exponential) return false;
        rollup.exponential = std::move(*exponential);
        break;
      }
      default:
        in.skip();
    }
  }
  const std::int64_t from = Plus(before_.at, position.scheduled);
  rollup.from = TimeOf(from);
  rollup.at = TimeOf(Plus(from, position.at));
  return End(rollup, position);
}

bool Decoder::ReadDeparture(protozero::pbf_reader in) {
  auto& departure = Begin<Departure>();
  Position position;
  while (in.next()) {
    if (!position.Take(in)) in.skip();
  }
  departure.at = TimeOf(Plus(before_.at, position.scheduled));
  return End(departure, position);
}

}  // namespace

std::optional<std::vector<SpoolItem>> DecodeItems(std::string_view bytes,
                                                  const SeriesLookup& lookup) {
  Decoder decoder(lookup);
  try {
    if (!decoder.Read(protozero::pbf_reader(bytes.data(), bytes.size()))) return std::nullopt;
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return decoder.Take();
}

}  // namespace gaikei
