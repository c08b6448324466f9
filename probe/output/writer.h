#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "results/outcome.h"

namespace gaikei {

/// How outcomes are to be shown. What a format has no use for it ignores.
struct WriterOptions {
  bool color = false;        ///< text: ANSI colours
  bool verbose = false;      ///< text, json: response headers, notes, what the prober was doing
  bool quiet = false;        ///< text: only what is not pass, and no summary
  bool explain = false;      ///< text: why each phase took what it took
  bool compact = false;      ///< text: a line for each outcome instead of a page
  unsigned width = 80;       ///< text: columns; at least 40 are used
  std::optional<bool> utf8;  ///< text: other characters than ASCII; absent: as the locale says
};

/// Shows outcomes in one format. One thread; Write() for each outcome as it comes, then Finish().
///
/// Everything goes to the sink it was made with, which it neither owns nor closes.
class OutcomeWriter {
 public:
  virtual ~OutcomeWriter() = default;
  virtual void Write(const Outcome& outcome) = 0;
  /// Writes what needs all outcomes at once (sums, formats that are one document) and flushes. Call
  /// once, also when there was no outcome. False when the sink did not take everything.
  virtual bool Finish() = 0;
};

/// One output format. The table in writer.cc is the list of all there are.
struct OutputFormat {
  std::string_view name;  ///< as -o takes it
  std::unique_ptr<OutcomeWriter> (*make)(const WriterOptions& options, std::FILE* sink);
};

std::span<const OutputFormat> AllOutputFormats();

/// Null for a name that is no format.
std::unique_ptr<OutcomeWriter> MakeWriter(std::string_view format, const WriterOptions& options,
                                          std::FILE* sink);

}  // namespace gaikei
