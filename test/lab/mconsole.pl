# Says one command to a user-mode kernel's management console and prints its answer: perl mconsole.pl SOCKET COMMAND.
# Every Debian has this much of perl; the format is arch/um/include/shared/mconsole.h of Linux.
use strict;
use warnings;
use Socket;
my ($path, $command) = @ARGV;
my $mine = "$path.$$";
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
bind($socket, sockaddr_un($mine)) or die "$mine: $!\n";
END { unlink $mine if defined $mine }
$SIG{ALRM} = sub { die "the kernel's console did not answer within 20 s\n" };
alarm 20;
send($socket, pack('LLLa512', 0xcafebabe, 2, length $command, $command), 0, sockaddr_un($path)) or die "$path: $!\n";
for (;;) {
  defined recv($socket, my $answer, 1024, 0) or die "recv: $!\n";
  my ($error, $more, $length, $text) = unpack 'LLLa*', $answer;
  print substr($text, 0, $length), "\n";
  exit($error ? 1 : 0) unless $more;
}
