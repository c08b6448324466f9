#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "results/outcome.h"

namespace gaikei {

/// Somewhere that samples are sent. One thread (the results thread).
///
/// produced = sent + dropped holds after every Send().
class Upstream {
 public:
  virtual ~Upstream() = default;
  /// As in `[upstream.NAME]`.
  virtual const std::string& name() const = 0;
  virtual void Send(std::span<const Outcome> outcomes) = 0;
  /// What was taken over and is still held back goes out.
  virtual void Flush() = 0;
  virtual std::uint64_t sent() const = 0;
  /// Samples that could not be delivered and are kept nowhere.
  virtual std::uint64_t dropped() const = 0;
};

}  // namespace gaikei
