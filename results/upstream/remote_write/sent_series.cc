#include "results/upstream/remote_write/sent_series.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <utility>

namespace gaikei::remote_write {
namespace {

// A state: what the counters keep, and what was sent. Only ever added to.
constexpr protozero::pbf_tag_type kCounters = 1;
constexpr protozero::pbf_tag_type kShape = 2;
constexpr protozero::pbf_tag_type kSamples = 3;  // of one family
constexpr protozero::pbf_tag_type kGauges = 4;
// Of kSamples.
constexpr protozero::pbf_tag_type kFamily = 1;
constexpr protozero::pbf_tag_type kCount = 2;

struct State {
  std::string counters;
  std::optional<SentSeries> sent;
};

std::string Encode(const std::string& counters, const SentSeries* sent) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_bytes(kCounters, counters);
  if (sent == nullptr) return out;
  writer.add_fixed64(kShape, sent->shape);
  for (const auto& [family, count] : sent->samples) {
    protozero::pbf_writer row(writer, kSamples);
    row.add_string(kFamily, family);
    row.add_uint64(kCount, count);
  }
  writer.add_bytes(kGauges, sent->gauges);
  return out;
}

void ReadSamples(protozero::pbf_reader reader, SentSeries& sent) {
  std::string family;
  std::uint64_t count = 0;
  while (reader.next()) {
    if (reader.tag_and_type() ==
        protozero::tag_and_type(kFamily, protozero::pbf_wire_type::length_delimited)) {
      family = reader.get_string();
    } else if (reader.tag_and_type() ==
               protozero::tag_and_type(kCount, protozero::pbf_wire_type::varint)) {
      count = reader.get_uint64();
    } else {
      reader.skip();
    }
  }
  sent.samples[family] = count;
}

std::optional<State> Decode(const std::string& bytes) {
  using protozero::pbf_wire_type;
  State state;
  SentSeries sent;
  try {
    protozero::pbf_reader reader(bytes);
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case protozero::tag_and_type(kCounters, pbf_wire_type::length_delimited):
          state.counters = reader.get_bytes();
          break;
        case protozero::tag_and_type(kShape, pbf_wire_type::fixed64):
          sent.shape = reader.get_fixed64();
          state.sent.emplace();
          break;
        case protozero::tag_and_type(kSamples, pbf_wire_type::length_delimited):
          ReadSamples(reader.get_message(), sent);
          break;
        case protozero::tag_and_type(kGauges, pbf_wire_type::length_delimited):
          sent.gauges = reader.get_bytes();
          break;
        default:
          reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  if (state.sent) state.sent = std::move(sent);
  return state;
}

}  // namespace

std::uint64_t SentSeries::SamplesOf(std::string_view family) const {
  const auto found = samples.find(family);
  return found != samples.end() ? found->second : 0;
}

std::optional<std::string> SentBook::Load(std::int64_t series) {
  const std::optional<std::string> bytes = states_.Load(series);
  std::optional<State> state = bytes ? Decode(*bytes) : std::nullopt;
  if (!state) return std::nullopt;
  if (state->sent) kept_.insert_or_assign(series, *std::move(state->sent));
  return std::move(state->counters);
}

const SentSeries* SentBook::Find(std::int64_t series) const {
  const auto found = kept_.find(series);
  return found != kept_.end() ? &found->second : nullptr;
}

void SentBook::Set(std::int64_t series, SentSeries sent) {
  kept_.insert_or_assign(series, std::move(sent));
}

std::vector<LaneState> SentBook::Wrapped(std::vector<LaneState> counters) {
  for (LaneState& state : counters) {
    if (state.bytes.empty()) {
      kept_.erase(state.series);
    } else {
      state.bytes = Encode(state.bytes, Find(state.series));
    }
  }
  return counters;
}

}  // namespace gaikei::remote_write
