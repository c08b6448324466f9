#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>
#include <string>
#include <string_view>

#include "results/upstream/remote_write/request_writer.h"

/// Messages whose size is reckoned before they are written: there are a hundred for each sample of
/// ours, and writing first and moving afterwards costs most of the time. Both versions have the
/// same Sample but for its start.
namespace gaikei::remote_write {

/// Field 1 to 15 with a length, without what it holds.
inline void AppendHead(std::string& out, protozero::pbf_tag_type tag, std::size_t size) {
  out += static_cast<char>((tag << 3U) | 2U);
  protozero::add_varint_to_buffer(&out, size);
}
/// What AppendHead() and `size` bytes take.
inline std::size_t FieldSize(std::size_t size) {
  return 1 + static_cast<std::size_t>(protozero::length_of_varint(size)) + size;
}
inline void AppendText(std::string& out, protozero::pbf_tag_type tag, std::string_view text) {
  AppendHead(out, tag, text.size());
  out += text;
}

/// Of a Sample without a histogram; `has_start`: where there is one.
std::size_t SampleSize(const Point& point, bool has_start);
/// As field `tag` of a series.
void AppendSample(std::string& out, protozero::pbf_tag_type tag, const Point& point,
                  bool has_start);

}  // namespace gaikei::remote_write
