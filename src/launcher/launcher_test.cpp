#include "launcher/launcher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "launcher/child.h"
#include "launcher/command_lookup.h"
#include "launcher/job_control.h"
#include "launcher/log_copy.h"
#include "launcher/pty.h"
#include "launcher/signals.h"

namespace tidemark {
namespace {

TEST(ExitCode, is_the_trainers_own_or_128_and_the_signal) {
  EXPECT_EQ(exit_code_of(0x0000), 0);  // wait(2): the code is in bits 8 to 15,
  EXPECT_EQ(exit_code_of(0x4d00), 77);
  EXPECT_EQ(exit_code_of(0x0009), 137);  // the signal in bits 0 to 6,
  EXPECT_EQ(exit_code_of(0x008b), 139);  // and bit 7 tells of a core
}

TEST(Launch, an_empty_command_is_invalid) {
  EXPECT_EQ(launch({}, {}).error().code, Errc::invalid);
}

TEST(Launch, a_log_without_capture_is_invalid) {
  LaunchRequest request{.command = {"true"}, .capture = false, .log_file = "/tmp/never_made"};
  EXPECT_EQ(launch(request, {}).error().code, Errc::invalid);
}

TEST(Launch, an_unknown_command_starts_nothing) {
  bool started = false;
  LaunchHooks hooks;
  hooks.on_started = [&](ProcessIdentity) {
    started = true;
    return std::vector<std::string>{};
  };
  const auto outcome = launch({.command = {"no-such-command-here"}}, hooks);
  EXPECT_EQ(outcome.error().code, Errc::not_found);
  EXPECT_EQ(outcome.error().message, "no-such-command-here: command not found");
  EXPECT_FALSE(started);
}

int exit_code_with(const std::vector<std::string>& late, const std::string& script) {
  LaunchHooks hooks;
  hooks.on_started = [&](ProcessIdentity) { return late; };
  const auto outcome = launch({.command = {"sh", "-c", script}}, hooks);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return outcome ? exit_code_of(outcome->wait_status) : -1;
}

TEST(Launch, what_is_known_once_the_trainer_exists_still_gets_into_its_environment) {
  ::setenv("TIDEMARK_TEST_OLD", "inherited", 1);
  EXPECT_EQ(exit_code_with({"TIDEMARK_TEST_OLD=late", "TIDEMARK_TEST_NEW=a b=c"},
                           "test \"$TIDEMARK_TEST_OLD\" = late && "
                           "test \"$TIDEMARK_TEST_NEW\" = 'a b=c'"),
            0);
  EXPECT_EQ(exit_code_with({}, "test \"$TIDEMARK_TEST_OLD\" = inherited"), 0);
  ::unsetenv("TIDEMARK_TEST_OLD");
}

TEST(Launch, late_variables_beyond_the_bounds_are_left_out) {
  std::vector<std::string> late;
  for (int i = 0; i < 12; ++i) late.push_back("TIDEMARK_TEST_" + std::to_string(i) + "=x");
  EXPECT_EQ(exit_code_with(late, "test \"$TIDEMARK_TEST_7\" = x && test -z \"$TIDEMARK_TEST_8\""),
            0);
  EXPECT_EQ(exit_code_with({"TIDEMARK_TEST_LONG=" + std::string(9000, 'x'), "TIDEMARK_TEST_S=x"},
                           "test -z \"$TIDEMARK_TEST_LONG\" && test \"$TIDEMARK_TEST_S\" = x"),
            0);
}

TEST(SignalTarget, what_a_process_sent_goes_to_the_main_process_alone) {
  EXPECT_EQ(target_of(SIGTERM, SignalOrigin::process), SignalTarget::main_process);
  EXPECT_EQ(target_of(SIGINT, SignalOrigin::process), SignalTarget::main_process);
  EXPECT_EQ(target_of(SIGHUP, SignalOrigin::process), SignalTarget::main_process);
}

TEST(SignalTarget, what_the_keyboard_and_the_terminal_send_goes_to_the_group) {
  for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGTTIN, SIGTTOU})
    EXPECT_EQ(target_of(signal, SignalOrigin::kernel), SignalTarget::whole_group) << signal;
}

TEST(SignalTarget, what_the_kernel_says_of_the_launcher_stays_here) {
  EXPECT_EQ(target_of(SIGXCPU, SignalOrigin::kernel), SignalTarget::nobody);
  EXPECT_EQ(target_of(SIGALRM, SignalOrigin::kernel), SignalTarget::main_process);
}

TEST(SignalGate, signals_wait_inside_and_the_old_state_returns_after_it) {
  sigset_t before{};
  sigset_t after{};
  ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
  {
    auto gate = SignalGate::open();
    ASSERT_TRUE(gate);
    EXPECT_FALSE(gate->next());
    ::kill(::getpid(), SIGUSR1);
    const auto signal = gate->next();
    ASSERT_TRUE(signal);
    EXPECT_EQ(signal->number, SIGUSR1);
    EXPECT_EQ(signal->origin, SignalOrigin::process);
    EXPECT_EQ(signal->sender, ::getpid());
    ::sigqueue(::getpid(), SIGUSR2, sigval{.sival_int = 42});
    EXPECT_EQ(gate->next()->queued_value->sival_int, 42);
    ::pthread_kill(::pthread_self(), SIGPIPE);  // dropped, as a failed write of ours leaves it
  }
  ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
  EXPECT_EQ(::sigismember(&after, SIGUSR1), ::sigismember(&before, SIGUSR1));
}

TEST(SignalGate, an_ignored_signal_is_not_lost) {
  ::signal(SIGUSR1, SIG_IGN);
  auto gate = SignalGate::open();
  ASSERT_TRUE(gate);
  ::kill(::getpid(), SIGUSR1);
  EXPECT_TRUE(gate->next());
  ::signal(SIGUSR1, SIG_DFL);
}

TEST(StopAnswer, the_keyboards_stop_stops_the_job) {
  EXPECT_EQ(
      answer_to_stop({.signal = SIGTSTP, .has_terminal = true, .trainer_has_foreground = true}),
      StopAnswer::stop_group);
}

TEST(StopAnswer, a_stop_that_a_process_sent_us_stops_nobody_else) {
  EXPECT_EQ(answer_to_stop({.signal = SIGTSTP, .has_terminal = true, .was_handed_on = true}),
            StopAnswer::stop_self);
}

TEST(StopAnswer, a_trainer_that_wants_the_terminal_gets_it_while_it_is_ours) {
  EXPECT_EQ(
      answer_to_stop({.signal = SIGTTIN, .has_terminal = true, .launcher_has_foreground = true}),
      StopAnswer::lend_terminal);
  EXPECT_EQ(answer_to_stop({.signal = SIGTTIN, .has_terminal = true}), StopAnswer::stop_group);
}

TEST(StopAnswer, sigstop_is_its_senders_affair_unless_the_user_would_be_without_a_prompt) {
  EXPECT_EQ(answer_to_stop({.signal = SIGSTOP, .has_terminal = true}), StopAnswer::leave);
  EXPECT_EQ(answer_to_stop({.signal = SIGSTOP}), StopAnswer::leave);
  EXPECT_EQ(
      answer_to_stop({.signal = SIGSTOP, .has_terminal = true, .trainer_has_foreground = true}),
      StopAnswer::stop_self);
}

TEST(SignalMasks, tell_who_ignores_or_blocks) {
  constexpr auto status =
      "Name:\tsh\nShdPnd:\t0000000000200000\nSigBlk:\t0000000000000001\n"
      "SigIgn:\t0000000000200000\nSigCgt:\t0000000000000002\n";
  EXPECT_TRUE(is_ignored_or_blocked(status, SIGTTOU));
  EXPECT_TRUE(is_ignored_or_blocked(status, SIGHUP));
  EXPECT_FALSE(is_ignored_or_blocked(status, SIGINT)) << "caught is not ignored";
  EXPECT_FALSE(is_ignored_or_blocked("", SIGTTOU));
}

TEST(Environment, an_extra_variable_takes_the_place_of_the_inherited_one) {
  std::array<char, 8> home{"HOME=/a"};
  std::array<char, 10> homely{"HOMELY=/b"};
  std::array<char*, 3> inherited{home.data(), homely.data(), nullptr};
  const std::vector<std::string> extra{"HOME=/c", "NEW=1"};
  EXPECT_EQ(environment_with(extra, inherited.data()),
            (std::vector<std::string>{"HOMELY=/b", "HOME=/c", "NEW=1"}));
}

class Lookup : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    std::filesystem::create_directories(folder_ + "/a/folder");
    std::filesystem::create_directory(folder_ + "/b");
    make("/a/plain", 0644);
    make("/b/plain", 0755);
    make("/b/tool", 0755);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void make(const std::string& name, mode_t mode) {
    std::ofstream{folder_ + name} << "text";
    ::chmod((folder_ + name).c_str(), mode);
  }
  std::string path() const { return folder_ + "/a:" + folder_ + "/b"; }
  std::string folder_ = "/tmp/tidemark_lookup_XXXXXX";
};

TEST_F(Lookup, a_command_is_searched_along_the_path) {
  EXPECT_TRUE(find_command("tool", path()));
  EXPECT_TRUE(find_command("plain", path())) << "one that may not be run does not end the search";
}

TEST_F(Lookup, what_is_nowhere_is_not_found) {
  EXPECT_EQ(find_command("nothing", path()).error().code, Errc::not_found);
  EXPECT_EQ(find_command("", path()).error().code, Errc::not_found);
  EXPECT_EQ(find_command(folder_ + "/b/nothing", "").error().code, Errc::not_found);
  EXPECT_EQ(find_command(folder_ + "/b/tool/inside", "").error().code, Errc::not_found);
}

TEST_F(Lookup, what_may_not_be_run_is_a_matter_of_permission) {
  EXPECT_EQ(find_command("plain", folder_ + "/a").error().code, Errc::permission);
  EXPECT_EQ(find_command("folder", path()).error().code, Errc::permission);
  EXPECT_EQ(find_command(folder_ + "/a/plain", "").error().code, Errc::permission);
}

TEST(LogCopy, a_failure_ends_the_copy_and_is_kept) {
  auto log = LogCopy::open("/dev/full");
  if (!log) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ(log->failure(), "");
  log->write(std::string_view{"text"});
  EXPECT_EQ(log->failure(),
            "/dev/full: No space left on device; the copy of the output ends after 0 bytes");
}

TEST(LogCopy, a_file_that_cannot_be_opened_is_no_missing_command) {
  EXPECT_EQ(LogCopy::open("/no/such/folder/log").error().code, Errc::io);
}

TEST(Pty, keyboard_settings_travel_and_the_rest_stays) {
  termios terminal{};
  termios before{};
  termios after{};
  terminal.c_lflag = ICANON | ECHO | TOSTOP;
  terminal.c_oflag = OPOST;
  before.c_lflag = ICANON | ECHO;
  after.c_lflag = ECHO;
  after.c_cc[VMIN] = 1;
  const auto merged = with_input_changes(terminal, before, after);
  EXPECT_EQ(merged.c_lflag, static_cast<tcflag_t>(ECHO | TOSTOP));
  EXPECT_EQ(merged.c_oflag, static_cast<tcflag_t>(OPOST));
  EXPECT_EQ(merged.c_cc[VMIN], 1);
}

TEST(Pty, it_has_the_terminals_size_and_settings_but_no_output_processing) {
  const UniqueFd master{::posix_openpt(O_RDWR | O_NOCTTY)};
  ASSERT_EQ(::grantpt(master.get()), 0);
  ASSERT_EQ(::unlockpt(master.get()), 0);
  const UniqueFd terminal{::open(::ptsname(master.get()), O_RDWR | O_NOCTTY)};
  const winsize size{.ws_row = 33, .ws_col = 99, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(::ioctl(terminal.get(), TIOCSWINSZ, &size), 0);
  const auto pty = open_pty_like(terminal.get());
  ASSERT_TRUE(pty) << pty.error().message;
  winsize seen{};
  termios real{};
  termios ours{};
  ::ioctl(pty->slave.get(), TIOCGWINSZ, &seen);
  ::tcgetattr(terminal.get(), &real);
  ::tcgetattr(pty->slave.get(), &ours);
  EXPECT_EQ(seen.ws_row, 33);
  EXPECT_EQ(seen.ws_col, 99);
  EXPECT_EQ(ours.c_oflag, real.c_oflag & ~static_cast<tcflag_t>(OPOST));
  EXPECT_TRUE(same_input_settings(ours, real));
}

TEST(Pty, a_new_size_and_a_new_mode_are_followed) {
  const UniqueFd master{::posix_openpt(O_RDWR | O_NOCTTY)};
  ASSERT_EQ(::unlockpt(master.get()), 0);
  const UniqueFd terminal{::open(::ptsname(master.get()), O_RDWR | O_NOCTTY)};
  const auto pty = open_pty_like(terminal.get());
  ASSERT_TRUE(pty) << pty.error().message;
  PtyMirror mirror{pty->master.get(), terminal.get()};
  EXPECT_FALSE(mirror.follow_size());
  const winsize size{.ws_row = 33, .ws_col = 99, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(terminal.get(), TIOCSWINSZ, &size);
  EXPECT_TRUE(mirror.follow_size());
  EXPECT_FALSE(mirror.follow_size());
  termios settings{};
  ::tcgetattr(pty->slave.get(), &settings);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(pty->slave.get(), TCSANOW, &settings);
  mirror.follow_settings();
  ::tcgetattr(terminal.get(), &settings);
  EXPECT_EQ(settings.c_lflag & ECHO, 0U);
}

}  // namespace
}  // namespace tidemark
