#include "results/upstream/mackerel/record.h"

#include <charconv>

namespace gaikei::mackerel {

void RecordWriter::AddNumber(std::int64_t number) {
  out_ += std::to_string(number);
  out_ += ' ';
}

void RecordWriter::AddText(std::string_view text) {
  AddCount(text.size());
  out_ += text;
}

void RecordWriter::AddTime(std::optional<WallTime> time) {
  AddNumber(time ? 1 : 0);
  if (time) AddNumber(time->time_since_epoch().count());
}

void RecordReader::Fail() {
  ok_ = false;
  rest_ = {};
}

std::int64_t RecordReader::Number() {
  std::int64_t number = 0;
  const char* const end = rest_.data() + rest_.size();
  const auto [behind, error] = std::from_chars(rest_.data(), end, number);
  if (error != std::errc() || behind == end || *behind != ' ') {
    Fail();
    return 0;
  }
  rest_.remove_prefix(static_cast<std::size_t>(behind - rest_.data()) + 1);
  return number;
}

std::size_t RecordReader::Count() {
  const std::int64_t count = Number();
  if (count < 0 || static_cast<std::uint64_t>(count) > rest_.size()) {
    Fail();
    return 0;
  }
  return static_cast<std::size_t>(count);
}

std::string RecordReader::Text() {
  const std::size_t length = Count();
  std::string text(rest_.substr(0, length));
  rest_.remove_prefix(length);
  return text;
}

std::optional<WallTime> RecordReader::Time() {
  if (Number() != 1) return std::nullopt;
  return WallTime(Span(Number()));
}

}  // namespace gaikei::mackerel
