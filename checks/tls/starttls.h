#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/spec.h"
#include "results/reason.h"

namespace gaikei {

/// The talk in plain text that leads to TLS: what to send, what may come back, and when both sides
/// have agreed. Pure code over bytes, no socket and no clock. Not copied; any thread, one at a
/// time.
///
/// Each protocol is one subclass; the table in starttls.cc is the list.
class StartTlsDialogue {
 public:
  enum class State : std::uint8_t {
    kTalking,  ///< more bytes are needed
    kDone,     ///< TLS begins with the next byte that we send
    kFailed,   ///< see reason() and message()
  };
  /// All that a peer may send before TLS, in bytes; more is too_large.
  static constexpr std::size_t kTotalLimit = 65536;
  /// One line, or one message of a binary protocol; longer is too_large.
  static constexpr std::size_t kUnitLimit = 16384;

  virtual ~StartTlsDialogue() = default;
  StartTlsDialogue(const StartTlsDialogue&) = delete;
  StartTlsDialogue& operator=(const StartTlsDialogue&) = delete;

  /// Takes what it understands from the front of `input`, which holds all that came and was not
  /// taken yet, and appends to `output` what is to be sent. To be called once with nothing in
  /// `input`, since some protocols let the client begin; after kDone and kFailed no more.
  ///
  /// What stands behind the go-ahead was injected into the plain text by somebody who wants it read
  /// as if it had come through TLS (CVE-2011-0411): that fails, as does an answer that comes before
  /// its question.
  State Feed(std::string& input, std::string& output);

  /// tls_protocol: the protocol is spoken and TLS not to be had; protocol_error: it is not spoken;
  /// too_large. kNone unless kFailed.
  Reason reason() const { return reason_; }
  const std::string& message() const { return message_; }  ///< escaped; empty unless kFailed
  /// What is being waited for, in plain words: "the greeting", "the answer to EHLO".
  std::string_view awaited() const { return awaited_; }
  /// What was said, a line each, escaped, the first 32: "< 220 mail.example", "> EHLO ...".
  std::vector<std::string> TakeTranscript() { return std::move(transcript_); }

 protected:
  StartTlsDialogue() = default;

  /// Takes one unit (a line, a message, an element) from the front of `input` and acts on it. False
  /// when it is not complete yet.
  virtual bool TakeUnit(std::string& input) = 0;
  /// Called once, before anything has come: a client that begins sends here.
  virtual void Begin() = 0;

  /// Sends `bytes`; `shown` stands in the transcript for them. `awaited` is what is to come back.
  void Say(std::string_view bytes, std::string_view shown, std::string_view awaited);
  void Await(std::string_view what) { awaited_ = what; }
  /// `shown` is not escaped yet.
  void Note(std::string_view shown);
  void Agree() { state_ = State::kDone; }
  /// `message` is escaped.
  void Fail(Reason reason, std::string message);
  /// tls_protocol: "server does not offer STARTTLS".
  void FailUnoffered(std::string_view detail = {});
  bool is_talking() const { return state_ == State::kTalking; }

 private:
  State state_ = State::kTalking;
  bool has_begun_ = false;
  std::size_t taken_ = 0;
  std::string output_;
  std::string awaited_ = "the greeting";
  Reason reason_ = Reason::kNone;
  std::string message_;
  std::vector<std::string> transcript_;
};

/// One protocol that can lead to TLS.
struct StartTlsProtocol {
  StartTls protocol;
  std::string_view name;  ///< as in `starttls = "smtp"`
  std::uint16_t port;     ///< where such a server listens unless the target names another port
  /// `host` is whom the client means to reach; XMPP alone says it.
  std::unique_ptr<StartTlsDialogue> (*make)(const std::string& host);
};

/// Every protocol there is.
std::span<const StartTlsProtocol> AllStartTlsProtocols();
/// Null for kNone.
const StartTlsProtocol* FindStartTls(StartTls protocol);
/// Null for a name that is none.
const StartTlsProtocol* FindStartTls(std::string_view name);

}  // namespace gaikei
