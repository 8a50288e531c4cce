from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_account_log_and_lifecycle'),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='pause_reason',
            field=models.CharField(blank=True, choices=[('moving', "The shop's data is moving to another server."), ('maintenance', 'The server is being looked after.')], max_length=20),
        ),
        migrations.AddField(
            model_name='workspace',
            name='paused_by',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name='accountevent',
            name='kind',
            field=models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Failed sign-in: wrong password'), ('signed_out', 'Signed out'), ('sessions_ended', 'Signed out other devices'), ('password_changed', 'Changed the password'), ('password_reset', 'Set a new password with an emailed link'), ('email_change_requested', 'Asked to change the email address'), ('email_changed', 'Changed the email address'), ('workspace_created', 'Created a workspace'), ('workspace_archived', 'Archived a workspace'), ('workspace_restored', 'Restored a workspace from the archive'), ('workspace_deletion_requested', 'Asked to delete a workspace'), ('workspace_deleted', 'Deleted a workspace'), ('workspace_paused', 'Paused a workspace'), ('workspace_resumed', 'Resumed a workspace')], max_length=40),
        ),
    ]
