#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/outcome.h"

namespace gaikei {

/// What became of the echo requests of one attempt. Pure.
class IcmpTally {
 public:
  /// `count`: how many requests there will be, numbered from 0.
  explicit IcmpTally(unsigned count) : requests_(count) {}

  void Send(unsigned sequence, MonoTime at);
  /// The kernel did not take the request: it was not sent.
  void Refuse(unsigned sequence);
  /// A reply; one to a request that was never sent is ignored.
  void TakeReply(unsigned sequence, MonoTime at, std::optional<unsigned> ttl, bool is_cut);
  /// An ICMP error in words. The request it quotes is not waited for any longer.
  void TakeError(unsigned sequence, const std::string& text);

  /// Nothing is waited for: every request was answered, refused, or met an error.
  bool is_complete() const { return settled_ == requests_.size(); }
  bool was_cut() const { return was_cut_; }  ///< some reply brought back less than was sent
  const std::optional<MonoTime>& last_reply() const { return last_reply_; }
  /// All but `socket`.
  IcmpEvidence Evidence() const;

 private:
  struct Request {
    std::optional<MonoTime> sent;
    std::optional<Span> round_trip;
    bool is_settled = false;
  };
  void Settle(Request& request);

  std::vector<Request> requests_;
  std::size_t settled_ = 0;
  std::vector<std::string> errors_;  ///< each text once
  std::optional<unsigned> ttl_;
  unsigned duplicates_ = 0;
  bool was_cut_ = false;
  std::optional<MonoTime> last_reply_;
};

}  // namespace gaikei
