#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checks/parts/redactor.h"
#include "checks/spec.h"

namespace gaikei {

/// The steps of a dialogue, compiled once at load. Immutable, any thread.
class DialogueProgram {
 public:
  /// The error is one line and says which step it is about ("step 2: ..."): a bad pattern, a group
  /// that the expect before does not have, a second starttls. A line that `redactor` finds to
  /// reveal something is not shown, beside those that reveal a secret of the steps.
  static tl::expected<std::shared_ptr<const DialogueProgram>, std::string> Compile(
      const std::vector<DialogueStep>& steps, Redactor redactor = {});
  ~DialogueProgram();
  DialogueProgram(const DialogueProgram&) = delete;
  DialogueProgram& operator=(const DialogueProgram&) = delete;

  bool has_starttls() const;

 private:
  friend class Dialogue;
  struct Compiled;
  explicit DialogueProgram(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

/// One run of a program: a machine over bytes that knows no socket. Loop thread only.
///
/// A line ends at LF; a CR before it is left out. An expect is searched in line after line; lines
/// that do not match are skipped, what stands behind the matching one is left for the next step.
/// What has come without a line end is looked at when nothing more comes for the moment
/// (Input::kQuiet) or ever (Input::kEnded), so that a prompt matches, and a line that arrives in
/// pieces does not match by its first piece.
class Dialogue {
 public:
  static constexpr std::size_t kInputLimit =
      std::size_t{64} * 1024;  ///< bytes that one step may read without a match
  static constexpr std::size_t kMessagesLimit =
      std::size_t{1024} * 1024;  ///< the same of a dialogue over messages
  static constexpr std::size_t kOutputLimit =
      std::size_t{256} * 1024;                    ///< bytes of one send with its groups filled in
  static constexpr std::size_t kShownLines = 64;  ///< of transcript()
  static constexpr std::size_t kShownText = 256;  ///< characters of a line in it

  /// What is known of the bytes that stand in the input.
  enum class Input : std::uint8_t {
    kOpen,   ///< more may be on its way
    kQuiet,  ///< nothing came for a while
    kEnded,  ///< the peer closed; nothing will come
  };
  enum class Next : std::uint8_t {
    kWait,      ///< for more input
    kSend,      ///< output() is to be sent, then Advance() again
    kStartTls,  ///< TLS is to begin, then Advance() again
    kDone,      ///< every step was taken
    kNoMatch,   ///< the input ended and the step has not matched
    kTooLarge,  ///< a step read, or would send, more than its limit
    kInjected,  ///< TLS is to begin, and there is plain text left that nothing has asked for
  };

  explicit Dialogue(std::shared_ptr<const DialogueProgram> program);
  ~Dialogue();

  /// Goes on as far as the input leads and takes from it what it has understood.
  Next Advance(std::string& input, Input state);

  /// The same over messages, each of which is a line, whatever stands in it. Before the first one,
  /// and after what it gave was sent, Advance() with an empty input goes on.
  Next AdvanceByMessage(std::string_view message);

  /// What to send. REQUIRES: the last Advance() gave kSend.
  const std::string& output() const { return output_; }
  /// Number of the present step, from 1.
  std::size_t step() const { return step_ + 1; }
  bool is_expecting() const;  ///< the present step waits for the peer
  /// Something came since the present step began to wait.
  bool has_step_input(const std::string& input) const { return skipped_ > 0 || !input.empty(); }

  /// The present step in words: `step 2 (expect "^250")`.
  std::string Where() const;
  /// The line that the peer sent last, whether it matched or not; escaped, bounded.
  std::string last_line() const;
  /// The same for expectations to look at, whatever it reveals. What they say of it is for Clean().
  Secret heard() const;
  /// Takes the secrets of the dialogue out of what expectations have written.
  void Clean(Observation& seen) const;
  /// "< what came", "> what was sent", escaped and bounded; secrets are not shown, nor lines in
  /// which the peer sends one back.
  std::vector<std::string>& transcript() { return transcript_; }

 private:
  Next Expect(std::string& input, Input state);
  Next Send();
  /// Looks at one line; keeps the groups where it matches.
  bool Hear(std::string_view line);
  void Begin(std::size_t step);
  std::string Shown(std::string_view text) const;
  void Note(const char* direction, std::string_view text);

  const std::shared_ptr<const DialogueProgram> program_;
  std::size_t step_ = 0;
  std::size_t skipped_ = 0;          ///< bytes that the present step has read in vain
  std::size_t scanned_ = 0;          ///< of the input, known to hold no line end
  std::vector<std::string> groups_;  ///< of the last match, the whole match first
  std::string output_;
  std::string last_line_;  ///< its beginning, as it came
  std::vector<std::string> transcript_;
};

}  // namespace gaikei
