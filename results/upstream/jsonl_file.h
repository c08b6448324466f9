#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/upstream/jsonl_stream.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// A file of lines that grows, and is put aside when it is large enough: PATH becomes PATH.1, that
/// PATH.2, and so on.
///
/// There are only ever whole lines in it. A torn one (a full disk) is cut off again; one that was
/// torn when a process ended is cut off when the file is opened, where it begins as ours do, and
/// else ended by a line feed. What counts as taken is on the disk.
///
/// Somebody else may rename or remove the file, or cut it down to nothing: a new one is made.
class JsonlFile {
 public:
  /// Opens nothing yet.
  explicit JsonlFile(const JsonlSpec& spec);
  ~JsonlFile();
  JsonlFile(const JsonlFile&) = delete;
  JsonlFile& operator=(const JsonlFile&) = delete;

  /// `lines` all end in a line feed; what is taken does, too, unless the path leads to something
  /// that is no file (a pipe).
  Appended Append(std::string_view lines);
  /// Why the file grows beyond its size, in one line; empty: it does not. Since the last Append().
  const std::string& rotation_trouble() const { return rotation_trouble_; }

 private:
  /// Gives an errno, as the others do; 0: the file is open, and is the one at the path.
  int Open();
  int OpenAnew();
  void Close();
  int EndTornLine();
  std::uint64_t Size() const;
  Appended AppendToFile(std::string_view lines);
  /// How much of it belongs into the present file: whole lines, none when it is full.
  std::size_t Fitting(std::string_view lines) const;
  Appended Write(std::string_view lines);
  int Sync() const;
  bool Rotate();

  const std::string path_;
  const std::uint64_t max_size_;  ///< 0: no limit
  const unsigned max_files_;
  int fd_ = -1;
  std::optional<JsonlStream> stream_;  ///< of fd_, where that is no file
  bool may_be_torn_ = false;           ///< the last line could not be cut off
  std::string rotation_trouble_;
};

}  // namespace gaikei
