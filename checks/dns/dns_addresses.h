#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/dns/dns_fallback.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/address.h"

namespace gaikei {

/// Every address of several name servers, asked of the vantage's resolvers side by side, as far as
/// they are known within a step of the walk (WalkContext). Loop thread only. Destroying it cancels.
class DnsAddresses {
 public:
  struct Result {
    /// Of each name (canonical), IPv4 first, at most 8; port 0. A name without any is absent.
    std::map<std::string, std::vector<io::Address>> addresses;
    std::vector<std::string> notes;  ///< names without an address, and why
  };
  /// Called at most once, never inside the constructor. It may destroy the DnsAddresses.
  using Done = std::function<void(Result)>;

  /// REQUIRES: there is a name.
  DnsAddresses(const AttemptContext& context, const std::vector<std::string>& names, Family family,
               Done done);
  ~DnsAddresses();
  DnsAddresses(const DnsAddresses&) = delete;
  DnsAddresses& operator=(const DnsAddresses&) = delete;

 private:
  void OnAnswer(std::size_t index, const DnsFallback::Result& result);
  void OnSilence();
  void Finish();

  struct Question {
    std::string name;
    std::unique_ptr<DnsFallback> asking;  ///< null: answered
    std::vector<io::Address> addresses;
    std::string problem;  ///< empty: none
  };
  Done done_;
  std::vector<Question> questions_;  ///< of one name A, then AAAA
  std::size_t waiting_ = 0;
  io::Timer patience_;
};

/// Adds the A and AAAA records that `name` (canonical; empty: any) has in a section.
void AddAddresses(const DnsSection& section, const std::string& name, Family family,
                  std::vector<io::Address>& addresses);

}  // namespace gaikei
