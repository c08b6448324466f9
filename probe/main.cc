#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <system_error>

#include "probe/commands/commands.h"

namespace {

using gaikei::CommandLine;

/// Every command there is.
struct Command {
  const char* name;
  int (*run)(const CommandLine& line);
};

constexpr Command kCommands[] = {
    {"check", gaikei::RunCheckCommand},       {"once", gaikei::RunOnceCommand},
    {"run", gaikei::RunDaemonCommand},        {"validate", gaikei::RunValidateCommand},
    {"import", gaikei::RunImportCommand},     {"init", gaikei::RunInitCommand},
    {"spool", gaikei::RunSpoolCommand},       {"demo", gaikei::RunDemoCommand},
    {"selftest", gaikei::RunSelftestCommand}, {"version", gaikei::RunVersionCommand},
    {"help", gaikei::RunHelpCommand},
};

}  // namespace

int main(int argc, char** argv) {
  // A reader of ours that goes away is a write error, not our death.
  std::signal(SIGPIPE, SIG_IGN);
  // A core file would hold the secrets of the configuration.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);

  const gaikei::CliResult cli = gaikei::ReadCommandLine(argc, argv);
  if (!cli.line) return cli.exit_code;
  gaikei::SetUpLogging(cli.line->common.log);
  try {
    for (const Command& command : kCommands) {
      if (cli.line->command == command.name) return command.run(*cli.line);
    }
  } catch (const std::system_error& error) {
    // Loops and threads that this machine would not give: nothing was run.
    std::fprintf(stderr, "gaikei: cannot start: %s\n", error.what());
    return 2;
  }
  std::fprintf(stderr, "gaikei: no command \"%s\"\n", cli.line->command.c_str());
  return 2;
}
