#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "results/upstream/upstream.h"

namespace gaikei {

/// One outcome a line (results/outcome_json.h), appended to a file or written to standard output.
///
/// Only whole lines count as sent. When the file takes only a part (a full disk), the torn line is
/// cut off again, so that the next one begins on a line of its own; what was not taken is dropped.
class JsonlUpstream final : public Upstream {
 public:
  /// `path` "-" is standard output. The file is made with mode 0640 where there is none; the error
  /// is one line.
  static tl::expected<std::unique_ptr<Upstream>, std::string> Open(std::string name,
                                                                   const std::string& path);
  ~JsonlUpstream() override;

  const std::string& name() const override { return name_; }
  void Send(std::span<const Outcome> outcomes) override;
  void Flush() override {}
  std::uint64_t sent() const override { return sent_; }
  std::uint64_t dropped() const override { return dropped_; }

 private:
  JsonlUpstream(std::string name, int fd, bool owns_fd);

  std::string name_;
  int fd_;
  bool owns_fd_;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace gaikei
