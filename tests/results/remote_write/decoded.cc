#include "decoded.h"

#include <fmt/format.h>
#include <snappy.h>

#include <algorithm>
#include <bit>
#include <protozero/pbf_reader.hpp>
#include <stdexcept>

namespace gaikei::testing {
namespace {

constexpr std::uint64_t kStale = 0x7ff0000000000002;

std::runtime_error Wrong(const std::string& what) { return std::runtime_error(what); }

/// [a-zA-Z_][a-zA-Z0-9_]*, of metrics with ':' among the letters.
bool IsName(std::string_view name, bool is_metric) {
  const auto is_letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c == ':' && is_metric);
  };
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

void CheckLabels(const DecodedSeries& series) {
  std::string before;
  for (const auto& [name, value] : series.labels) {
    if (name.empty() || value.empty()) throw Wrong("empty label in " + series.Key());
    if (name <= before) throw Wrong("labels are not sorted: " + series.Key());
    if (!IsName(name, false)) throw Wrong("no name: " + name);
    before = name;
  }
  if (!IsName(series.Label("__name__"), true)) {
    throw Wrong("no name: " + series.Key());
  }
}

void CheckPoints(const DecodedSeries& series) {
  if (series.points.empty()) throw Wrong("without points: " + series.Key());
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const DecodedPoint& point = series.points[i];
    if (point.at <= 0) throw Wrong("no stamp: " + series.Key());
    if (point.start != 0 && point.start >= point.at) throw Wrong("start: " + series.Key());
    if (i == 0) continue;
    if (series.points[i - 1].at >= point.at) throw Wrong("stamps: " + series.Key());
    if (series.points[i - 1].histogram.has_value() != point.histogram.has_value()) {
      throw Wrong("two kinds: " + series.Key());
    }
  }
}

void Check(const DecodedSeries& series) {
  CheckLabels(series);
  CheckPoints(series);
}

DecodedPoint ReadSample(protozero::pbf_reader reader) {
  DecodedPoint point;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        point.value = reader.get_double();
        break;
      case 2:
        point.at = reader.get_int64();
        break;
      case 3:
        point.start = reader.get_int64();
        break;
      default:
        throw Wrong("field of Sample");
    }
  }
  return point;
}

DecodedPoint ReadHistogram(protozero::pbf_reader reader) {
  DecodedPoint point;
  DecodedHistogram histogram;
  std::vector<std::pair<std::int32_t, std::uint32_t>> spans;
  std::vector<std::int64_t> deltas;
  bool has_count = false;
  bool has_zero_count = false;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        histogram.count = reader.get_uint64(), has_count = true;
        break;
      case 3:
        histogram.sum = reader.get_double();
        break;
      case 4:
        histogram.schema = reader.get_sint32();
        break;
      case 5:
        histogram.zero_threshold = reader.get_double();
        break;
      case 6:
        histogram.zero_count = reader.get_uint64(), has_zero_count = true;
        break;
      case 11: {
        protozero::pbf_reader span = reader.get_message();
        auto& [offset, length] = spans.emplace_back();
        while (span.next()) {
          if (span.tag() == 1)
            offset = span.get_sint32();
          else if (span.tag() == 2)
            length = span.get_uint32();
          else
            throw Wrong("field of BucketSpan");
        }
        break;
      }
      case 12:
        for (const std::int64_t delta : reader.get_packed_sint64()) deltas.push_back(delta);
        break;
      case 15:
        point.at = reader.get_int64();
        break;
      case 17:
        point.start = reader.get_int64();
        break;
      default:
        throw Wrong("field of Histogram");
    }
  }
  if (!has_count || !has_zero_count) throw Wrong("Histogram without counts");
  std::size_t next = 0;
  std::int32_t number = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto& [offset, length] = spans[i];
    if (length == 0 || (i > 0 && offset <= 0)) throw Wrong("BucketSpan");
    number += offset;
    for (std::uint32_t j = 0; j < length; ++j, ++number) {
      if (next == deltas.size()) throw Wrong("too few deltas");
      count += deltas[next++];
      if (count <= 0) throw Wrong("an empty bucket");
      histogram.buckets[number] = count;
    }
  }
  if (next != deltas.size()) throw Wrong("too many deltas");
  point.value = histogram.sum;
  point.histogram = std::move(histogram);
  return point;
}

std::pair<std::string, std::string> ReadLabel(protozero::pbf_reader reader) {
  std::pair<std::string, std::string> label;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        label.first = reader.get_string();
        break;
      case 2:
        label.second = reader.get_string();
        break;
      default:
        throw Wrong("field of Label");
    }
  }
  return label;
}

DecodedSeries ReadSeriesOne(protozero::pbf_reader reader) {
  DecodedSeries series;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        series.labels.push_back(ReadLabel(reader.get_message()));
        break;
      case 2:
        series.points.push_back(ReadSample(reader.get_message()));
        break;
      default:
        throw Wrong("field of TimeSeries");
    }
  }
  Check(series);
  return series;
}

DecodedSeries ReadSeriesTwo(protozero::pbf_reader reader, const std::vector<std::string>& symbols) {
  DecodedSeries series;
  const auto symbol = [&](std::uint32_t ref) { return symbols.at(ref); };
  while (reader.next()) {
    switch (reader.tag()) {
      case 1: {
        std::vector<std::uint32_t> refs;
        for (const std::uint32_t ref : reader.get_packed_uint32()) refs.push_back(ref);
        if (refs.size() % 2 != 0) throw Wrong("labels_refs");
        for (std::size_t i = 0; i < refs.size(); i += 2) {
          series.labels.emplace_back(symbol(refs[i]), symbol(refs[i + 1]));
        }
        break;
      }
      case 2:
        series.points.push_back(ReadSample(reader.get_message()));
        break;
      case 3:
        series.points.push_back(ReadHistogram(reader.get_message()));
        break;
      case 5: {
        protozero::pbf_reader metadata = reader.get_message();
        while (metadata.next()) {
          switch (metadata.tag()) {
            case 1:
              series.type = metadata.get_enum();
              break;
            case 3:
              series.help = symbol(metadata.get_uint32());
              break;
            case 4:
              series.unit = symbol(metadata.get_uint32());
              break;
            default:
              throw Wrong("field of Metadata");
          }
        }
        break;
      }
      default:
        throw Wrong("field of TimeSeries");
    }
  }
  Check(series);
  return series;
}

}  // namespace

bool DecodedPoint::IsStale() const { return std::bit_cast<std::uint64_t>(value) == kStale; }

std::string DecodedSeries::Label(std::string_view name) const {
  for (const auto& label : labels) {
    if (label.first == name) return label.second;
  }
  return {};
}

std::string DecodedSeries::Key() const {
  std::string key = Label("__name__") + "{";
  for (const auto& [name, value] : labels) {
    if (name == "__name__") continue;
    if (key.back() != '{') key += ",";
    key += fmt::format("{}=\"{}\"", name, value);
  }
  return key + "}";
}

std::vector<DecodedSeries> DecodeRequestOne(const std::string& bytes) {
  std::vector<DecodedSeries> all;
  protozero::pbf_reader reader(bytes);
  while (reader.next()) {
    if (reader.tag() != 1) throw Wrong("field of WriteRequest");
    all.push_back(ReadSeriesOne(reader.get_message()));
  }
  return all;
}

std::vector<DecodedSeries> DecodeRequestTwo(const std::string& bytes) {
  std::vector<std::string> symbols;
  std::vector<DecodedSeries> all;
  protozero::pbf_reader reader(bytes);
  while (reader.next()) {
    if (reader.tag() == 4) {
      symbols.push_back(reader.get_string());
      if (symbols.size() == 1 && !symbols[0].empty()) throw Wrong("symbols[0]");
    } else if (reader.tag() == 5) {
      all.push_back(ReadSeriesTwo(reader.get_message(), symbols));
    } else {
      throw Wrong("field of Request");
    }
  }
  return all;
}

DecodedPoint DecodeHistogram(const std::string& bytes) {
  return ReadHistogram(protozero::pbf_reader(bytes));
}

std::string Uncompressed(const std::string& compressed) {
  std::string bytes;
  if (!snappy::Uncompress(compressed.data(), compressed.size(), &bytes)) throw Wrong("snappy");
  return bytes;
}

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string ToHex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

}  // namespace gaikei::testing
