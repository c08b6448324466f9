#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/dns/dns_exchange.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/loop/timer.h"

namespace gaikei {

/// One question to several servers in turn, as a stub resolver asks its resolvers: the next one
/// when one fails, or is silent for a third of the timeout (2 s at most), while the silent one may
/// still answer. The first answer counts, whatever its rcode. Loop thread only. Destroying it
/// cancels.
class DnsFallback {
 public:
  struct Result {
    DnsExchangeResult exchange;      ///< of the server that answered, else of the first that failed
    DnsServerTarget server;          ///< whom it is of
    std::vector<std::string> notes;  ///< servers that did not answer before
  };
  /// Called at most once, never inside the constructor. It may destroy the DnsFallback.
  using Done = std::function<void(Result)>;

  /// REQUIRES: there is a server.
  DnsFallback(const AttemptContext& context, std::vector<DnsServerTarget> servers,
              io::DnsQuery query, Done done);
  ~DnsFallback();
  DnsFallback(const DnsFallback&) = delete;
  DnsFallback& operator=(const DnsFallback&) = delete;

  /// Stops at the caller's deadline: the timeout of the server that was asked first and is silent.
  Result GiveUp();

 private:
  void AskNext();
  void OnSilence();
  void OnResult(std::size_t index, DnsExchangeResult result);
  void Finish(std::size_t index, DnsExchangeResult result);

  const AttemptContext context_;
  const std::vector<DnsServerTarget> servers_;
  const io::DnsQuery query_;
  Done done_;
  std::vector<std::unique_ptr<DnsExchange>> exchanges_;  ///< null: failed
  std::size_t first_failed_ = 0;
  std::unique_ptr<DnsExchangeResult> failure_;  ///< of the first that failed; null: none has
  std::vector<std::string> notes_;
  io::Timer patience_;
};

}  // namespace gaikei
