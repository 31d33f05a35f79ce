#!/usr/bin/perl
# Runs a command for which ptrace has no register set NT_X86_XSTATE, as on a processor without it; x86_64 only.
#
# User-mode Linux up to 6.12 reads that set into a buffer of fixed size and writes it back. Where the processor has AMX the
# set is larger: writing fails with EFAULT and the kernel panics. It asks once at its start whether there is such a set,
# and does without where there is none. Perl, since it is on every Debian and needs no compiler.
use strict;
use warnings;

use constant {
    SYS_PRCTL           => 157,
    PR_SET_NO_NEW_PRIVS => 38,
    SYS_SECCOMP         => 317,
    SET_MODE_FILTER     => 1,
    FLAG_SPEC_ALLOW     => 4,            # without it older kernels slow the whole process down
    AUDIT_ARCH_X86_64   => 0xC000003E,
    SYS_PTRACE          => 101,
    PTRACE_GETREGSET    => 0x4204,
    PTRACE_SETREGSET    => 0x4205,
    NT_X86_XSTATE       => 0x202,
    ALLOW               => 0x7FFF0000,
    FAIL_WITH_EINVAL    => 0x00050000 | 22,
    LOAD                => 0x20,         # BPF_LD | BPF_W | BPF_ABS
    IF_EQUAL            => 0x15,         # BPF_JMP | BPF_JEQ | BPF_K
    RETURN              => 0x06,         # BPF_RET | BPF_K
    # Offsets in struct seccomp_data; of the arguments the lower halves.
    NUMBER => 0, ARCH => 4, ARGUMENT_1 => 16, ARGUMENT_3 => 32,
};

# Each: code, instructions to skip if true and if false, operand.
my @program = (
    [LOAD,     0, 0, ARCH],
    [IF_EQUAL, 0, 8, AUDIT_ARCH_X86_64],
    [LOAD,     0, 0, NUMBER],
    [IF_EQUAL, 0, 6, SYS_PTRACE],
    [LOAD,     0, 0, ARGUMENT_1],
    [IF_EQUAL, 1, 0, PTRACE_GETREGSET],
    [IF_EQUAL, 0, 3, PTRACE_SETREGSET],
    [LOAD,     0, 0, ARGUMENT_3],
    [IF_EQUAL, 0, 1, NT_X86_XSTATE],
    [RETURN,   0, 0, FAIL_WITH_EINVAL],
    [RETURN,   0, 0, ALLOW],
);
my $instructions = join '', map { pack 'S C C L', @$_ } @program;
my $filter = pack 'S x![P] P', scalar @program, $instructions;

syscall(SYS_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
syscall(SYS_SECCOMP, SET_MODE_FILTER, FLAG_SPEC_ALLOW, $filter) == 0 or die "seccomp: $!\n";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
