#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "probe/output/style.h"
#include "results/outcome.h"

namespace gaikei {

struct EvidenceOptions {
  Style style;
  std::size_t width = 80;
  bool verbose = false;  ///< headers, notes, key and fingerprint, state of the prober
};

/// What was seen, as lines of a label and a text: address, HTTP, redirects, TLS, certificate,
/// expectations, attempts. What was not seen has no line. Lines have no line feed. Pure.
std::vector<std::string> EvidenceLines(const Outcome& outcome, const EvidenceOptions& options);

/// Of one step of a journey: the same without attempts and prober. `now` is when it was looked.
std::vector<std::string> EvidenceLines(const Observation& seen, WallTime now,
                                       const EvidenceOptions& options);

/// Why it is not pass: the message, what that means, whose fault, what to look at. Empty for pass.
std::vector<std::string> WhyLines(const Outcome& outcome, const EvidenceOptions& options);

/// "1234 bytes" or "12.1 KiB".
std::string FormatSize(std::uint64_t bytes);

}  // namespace gaikei
