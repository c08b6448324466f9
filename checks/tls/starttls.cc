#include "checks/tls/starttls.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "checks/tls/starttls_binary.h"
#include "checks/tls/starttls_lines.h"
#include "checks/tls/starttls_xmpp.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kTranscriptLines = 32;

/// The list of all protocols. Ports: of the service that begins in plain text.
constexpr std::array kProtocols = {
    StartTlsProtocol{StartTls::kSmtp, "smtp", 25, &MakeSmtpDialogue},
    StartTlsProtocol{StartTls::kImap, "imap", 143, &MakeImapDialogue},
    StartTlsProtocol{StartTls::kPop3, "pop3", 110, &MakePop3Dialogue},
    StartTlsProtocol{StartTls::kFtp, "ftp", 21, &MakeFtpDialogue},
    StartTlsProtocol{StartTls::kLdap, "ldap", 389, &MakeLdapDialogue},
    StartTlsProtocol{StartTls::kXmpp, "xmpp", 5222, &MakeXmppDialogue},
    StartTlsProtocol{StartTls::kPostgres, "postgres", 5432, &MakePostgresDialogue},
    StartTlsProtocol{StartTls::kMysql, "mysql", 3306, &MakeMysqlDialogue},
};

}  // namespace

StartTlsDialogue::State StartTlsDialogue::Feed(std::string& input, std::string& output) {
  if (!has_begun_) {
    has_begun_ = true;
    Begin();
  }
  while (is_talking()) {
    if (!output_.empty() && !input.empty()) {
      Fail(Reason::kProtocolError, "server answered before it was asked");
      break;
    }
    output += output_;
    output_.clear();
    const std::size_t before = input.size();
    if (before == 0 || !TakeUnit(input)) break;
    taken_ += before - input.size();
  }
  output += output_;
  output_.clear();
  if (is_talking() && taken_ + input.size() > kTotalLimit) {
    Fail(Reason::kTooLarge, fmt::format("more than {} KiB before TLS", kTotalLimit / 1024));
  }
  if (state_ == State::kDone && !input.empty()) {
    state_ = State::kTalking;
    Fail(Reason::kTlsProtocol,
         "bytes in plain text behind the go-ahead for TLS: somebody injects (CVE-2011-0411), or "
         "the server is broken");
  }
  return state_;
}

void StartTlsDialogue::Say(std::string_view bytes, std::string_view shown,
                           std::string_view awaited) {
  output_ += bytes;
  if (transcript_.size() < kTranscriptLines) transcript_.push_back("> " + Escape(shown));
  awaited_ = awaited;
}

void StartTlsDialogue::Note(std::string_view shown) {
  if (transcript_.size() < kTranscriptLines) transcript_.push_back("< " + Escape(shown));
}

void StartTlsDialogue::Fail(Reason reason, std::string message) {
  if (!is_talking()) return;
  state_ = State::kFailed;
  reason_ = reason;
  message_ = std::move(message);
}

void StartTlsDialogue::FailUnoffered(std::string_view detail) {
  std::string message = "server does not offer STARTTLS";
  if (!detail.empty()) message += ": " + Escape(detail);
  Fail(Reason::kTlsProtocol, std::move(message));
}

std::span<const StartTlsProtocol> AllStartTlsProtocols() { return kProtocols; }

const StartTlsProtocol* FindStartTls(StartTls protocol) {
  const auto it = std::find_if(kProtocols.begin(), kProtocols.end(),
                               [&](const auto& row) { return row.protocol == protocol; });
  return it == kProtocols.end() ? nullptr : &*it;
}

const StartTlsProtocol* FindStartTls(std::string_view name) {
  const auto it = std::find_if(kProtocols.begin(), kProtocols.end(),
                               [&](const auto& row) { return row.name == name; });
  return it == kProtocols.end() ? nullptr : &*it;
}

}  // namespace gaikei
