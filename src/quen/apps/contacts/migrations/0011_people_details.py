import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0010_contact_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='contactsettings',
            name='aunt_from',
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='code_digits',
            field=models.SmallIntegerField(default=6),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='code_next',
            field=models.BigIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='code_prefix',
            field=models.CharField(blank=True, default='KH', max_length=10),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='codes_given',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='elder_from',
            field=models.SmallIntegerField(blank=True, default=60, null=True),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='young_below',
            field=models.SmallIntegerField(default=18),
        ),
        migrations.AddField(
            model_name='contactsettings',
            name='young_form',
            field=models.CharField(blank=True, choices=[('', 'Like adults: anh, chị'), ('em', 'em'), ('bạn', 'bạn')], default='', max_length=10),
        ),
        migrations.CreateModel(
            name='ContactAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('province', models.CharField(blank=True, max_length=2, verbose_name='province/city')),
                ('province_before', models.CharField(blank=True, max_length=2)),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city as typed')),
                ('district', models.CharField(blank=True, max_length=120, verbose_name='district (before 2025)')),
                ('ward', models.CharField(blank=True, max_length=120, verbose_name='ward/commune')),
                ('address_line', models.CharField(blank=True, max_length=300, verbose_name='address')),
                ('change_id', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('contact', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='further_addresses', to='contacts.contact')),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'indexes': [models.Index(fields=['contact', 'id'], name='contactaddress_order'), models.Index(condition=models.Q(('change_id__isnull', False)), fields=['change_id'], name='contactaddress_import')],
            },
        ),
    ]
