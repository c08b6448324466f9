#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/time.h"

namespace gaikei::mackerel {

/// Writes what an upstream remembers: decimal numbers, each with a blank behind it, and texts with
/// their length before them.
class RecordWriter {
 public:
  void AddNumber(std::int64_t number);
  void AddCount(std::uint64_t count) { AddNumber(static_cast<std::int64_t>(count)); }
  void AddText(std::string_view text);
  /// Absent is told apart from any instant.
  void AddTime(std::optional<WallTime> time);
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads it back. Where something else stands than what is asked for, ok() is false from then on,
/// and everything that is read is zero or empty.
class RecordReader {
 public:
  /// `bytes` outlives the reader.
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

  std::int64_t Number();
  /// A number of things of which each takes at least a byte: never more than there are bytes left.
  std::size_t Count();
  std::string Text();
  std::optional<WallTime> Time();
  bool ok() const { return ok_; }
  /// All was read, and was sound.
  bool IsDone() const { return ok_ && rest_.empty(); }

 private:
  void Fail();

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace gaikei::mackerel
