#!/usr/bin/perl
# Stands before SpamAssassin for the adapter `command`: a line of JSON with a mail in, a line with a verdict out. Local tests alone:
# nobody is asked over the network. One engine for all mails, as a mail server would keep one.
#
# usage: spamassassin.pl FOLDER     FOLDER is written to
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;

my $folder = shift @ARGV or die "usage: spamassassin.pl FOLDER\n";
$| = 1;
my $engine = Mail::SpamAssassin->new({
    local_tests_only => 1, dont_copy_prefs => 1, userprefs_filename => "$folder/none",
    userstate_dir => $folder, home_dir_for_helpers => $folder, post_config_text => "use_bayes 0\nuse_auto_whitelist 0\n",
});
$engine->init(0);

while (my $line = <STDIN>) {
    my $given = decode_json($line);
    my $mail = $given->{case}{mail};
    utf8::encode($mail);
    my $parsed = $engine->parse($mail);
    my $status = $engine->check($parsed);
    my %answer = (id => $given->{id}, verdict => $status->is_spam ? "block" : "pass", score => 0 + $status->get_score,
                  rules => $status->get_names_of_tests_hit);
    print encode_json(\%answer), "\n";
    $status->finish;
    $parsed->finish;
}
